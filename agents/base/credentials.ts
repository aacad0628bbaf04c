/**
 * Credentials from files that nobody else can read: the environment of a process shows in /proc and is inherited, a
 * file is neither. Read once, at the start.
 */
import { readFileSync, statSync } from "node:fs";
import { type Config, projectPath } from "./config.ts";
import { AppError, describeError } from "./errors.ts";

export type Credentials = {
  /** The settings with what the files hold: REDIS_URL with user and password, OPENAI_API_KEY. */
  config: Config;
  /** The password and the key, for the redactor. */
  secrets: string[];
};

/** AppError `bad_config` for a file that is missing, empty, or readable by its group or by others. */
export function loadCredentials(config: Config): Credentials {
  const { REDIS_PASSWORD_FILE, OPENAI_API_KEY_FILE } = config;
  const url = new URL(config.REDIS_URL);
  if (config.REDIS_USER) url.username = config.REDIS_USER;
  if (REDIS_PASSWORD_FILE) url.password = readSecret(config, "REDIS_PASSWORD_FILE", REDIS_PASSWORD_FILE);
  const modelKey = OPENAI_API_KEY_FILE
    ? readSecret(config, "OPENAI_API_KEY_FILE", OPENAI_API_KEY_FILE)
    : config.OPENAI_API_KEY;
  const secrets = [decodeURIComponent(url.password), modelKey ?? ""].filter((secret) => secret !== "");
  return {
    config: Object.freeze({ ...config, REDIS_URL: url.href, ...(modelKey && { OPENAI_API_KEY: modelKey }) }),
    secrets,
  };
}

function readSecret(config: Config, setting: string, path: string): string {
  const file = projectPath(config, path);
  const problem = (text: string) => new AppError("bad_config", `${setting}: ${file} ${text}`);
  let secret: string;
  try {
    if (statSync(file).mode & 0o077) throw problem("can be read by its group or by others: chmod 400 it");
    secret = readFileSync(file, "utf8").trim();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw problem(`cannot be read: ${describeError(error)}`);
  }
  if (secret === "") throw problem("is empty");
  return secret;
}
