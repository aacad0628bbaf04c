import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfig } from "./config.ts";
import { loadCredentials } from "./credentials.ts";
import { isAppError } from "./errors.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "credentials-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function load(text: string, mode: number) {
  writeFileSync(join(directory, "secret"), text, { mode });
  const files = { REDIS_PASSWORD_FILE: "secret", OPENAI_API_KEY_FILE: join(directory, "secret") };
  const given = { PROJECT_DIR: directory, REDIS_URL: "redis://broker:6379", REDIS_USER: "QA_Tester" };
  return loadCredentials(loadConfig({ ...given, ...files }));
}

test("what the files hold is used, and is known to the redactor", () => {
  const { config, secrets } = load("s3cret/word\n", 0o400);
  expect(config.REDIS_URL).toBe("redis://QA_Tester:s3cret%2Fword@broker:6379");
  expect(config.OPENAI_API_KEY).toBe("s3cret/word");
  expect(secrets).toEqual(["s3cret/word", "s3cret/word"]);
});

test.each([
  ["readable by its group", "secret", 0o440],
  ["readable by others", "secret", 0o404],
  ["empty", "\n", 0o400],
])("a file that is %s is refused, with its name and without its text (F16)", (_, text, mode) => {
  expect(() => load(text, mode)).toThrowError(expect.toSatisfy((error) => isAppError(error, "bad_config")));
  expect(() => load(text, mode)).toThrowError(/^REDIS_PASSWORD_FILE: \S*secret /);
});

test("a file that is missing is refused; no file at all changes nothing", () => {
  const config = loadConfig({ REDIS_PASSWORD_FILE: join(directory, "none") });
  expect(() => loadCredentials(config)).toThrowError(/REDIS_PASSWORD_FILE.*none/);
  const plain = loadConfig({ REDIS_URL: "redis://user:word@broker:6379" });
  expect(loadCredentials(plain)).toEqual({ config: plain, secrets: ["word"] });
});
