/**
 * What each program of the team is told: its settings, and of the secrets those that it works with, in files of mode 0400.
 * What all of them must hide is in a folder of its own. Nothing reads .env but what starts them.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  type Config,
  type Env,
  isSecretName,
  isTerraformVariable,
  namesIn,
  secretValues,
  settings,
} from "../../agents/base/config.ts";
import { AppError } from "../../agents/base/errors.ts";
import { giveTeamSecrets } from "../../agents/base/team-secrets.ts";
import type { Role } from "../../agents/protocol/roles.ts";
import { PERMISSIONS } from "../../agents/tools/permissions.ts";

/** Of the machine, for any program. */
const MACHINE =
  /^(?:PATH|HOME|USER|LANG|LC_\w+|TERM|COLORTERM|NO_COLOR|PAGER|LESS|COLUMNS|TZ|TMPDIR|NODE_\w+|MINILAB_\w+|(?:https?|no|all)_proxy)$/i;
/** Secrets, or where one is: given to those alone who use it. */
const OF_SOME = [
  "OPENAI_API_KEY",
  "OPENAI_API_KEY_FILE",
  "SSH_KEY_FILE",
  "GUEST_KEY_FILE",
  "VAULT_KEY_FILE",
  "PROXMOX_TOKEN_FILE",
  "SETTINGS_FILE",
  "REDIS_PASSWORD_FILE",
];

/** The settings that any program may have. */
export function commonSettings(env: Env): Env {
  const known = Object.keys(settings.shape).filter((name) => !OF_SOME.includes(name));
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => known.includes(name) || MACHINE.test(name)),
  );
}

/** What a role's program gets besides; its file of settings is written to `directory`, closed. */
export function roleSettings(role: Role, env: Env, directory: string): Env {
  const text = settingsFile(role, env);
  const file = join(directory, `${role}.env`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode: 0o400 });
  return {
    SETTINGS_FILE: file,
    OPENAI_API_KEY_FILE: env["OPENAI_API_KEY_FILE"],
    ...(usesNodes(role) && { SSH_KEY_FILE: env["SSH_KEY_FILE"], GUEST_KEY_FILE: env["GUEST_KEY_FILE"] }),
    ...(PERMISSIONS[role]["run_ansible"] === "full" && { VAULT_KEY_FILE: env["VAULT_KEY_FILE"] }),
    ...(PERMISSIONS[role]["run_terraform"] === "full" && { PROXMOX_TOKEN_FILE: env["PROXMOX_TOKEN_FILE"] }),
  };
}

/** Whether a tool of the role logs in to nodes. */
function usesNodes(role: Role): boolean {
  return "run_ssh" in PERMISSIONS[role];
}

/** As a `.env` file: Terraform's variables for who has Terraform, what read_env may show for who has that. */
export function settingsFile(role: Role, env: Env): string {
  const released = namesIn(env["READABLE_ENV"] ?? "").filter((name) => !isSecretName(name));
  const names = Object.keys(env).filter(
    (name) =>
      (isTerraformVariable(name) && PERMISSIONS[role]["run_terraform"] === "full") ||
      (released.includes(name) && "read_env" in PERMISSIONS[role]),
  );
  return names.map((name) => `${name}=${quoted(name, env[name] ?? "")}\n`).join("");
}

/** What stands between these quotes means itself. */
function quoted(name: string, value: string): string {
  const quote = ["'", "`"].find((mark) => !value.includes(mark));
  if (quote !== undefined) return `${quote}${value}${quote}`;
  throw new AppError("bad_config", `${name}: a value with both ' and \` cannot be handed on`);
}

/** All that the team hides: what is secret in its settings, and what is in the files that they name. */
export function writeTeamSecrets(directory: string, env: Env, files: readonly string[]): void {
  const contents = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8").trim());
  giveTeamSecrets(directory, [...secretValues(env), ...passwordIn(env["REDIS_URL"]), ...contents]);
}

/** The files that hold what `env` only points to; relative ones count from the project. */
export function secretFiles(
  projectDir: string,
  config: Pick<Config, "SSH_KEY_FILE" | "GUEST_KEY_FILE" | "VAULT_KEY_FILE">,
  env: Env,
): string[] {
  const named = [
    env["OPENAI_API_KEY_FILE"],
    env["REDIS_PASSWORD_FILE"],
    config.SSH_KEY_FILE,
    config.GUEST_KEY_FILE,
    config.VAULT_KEY_FILE,
  ];
  return named.flatMap((file) => (file ? [resolve(projectDir, file)] : []));
}

function passwordIn(url: string | undefined): string[] {
  const password = url ? decodeURIComponent(new URL(url).password) : "";
  return password === "" ? [] : [password];
}
