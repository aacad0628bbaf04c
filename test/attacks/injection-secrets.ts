/** The secrets around the agent that is injected, and the files that must stay as they are. */
import { createHash, randomBytes } from "node:crypto";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Role } from "../../agents/protocol/roles.ts";

export const MODEL_KEY_FILE = "secrets/model-key";
export const TERRAFORM_TOKEN = "the Terraform token";

/** Those that the agent holds, and one more that is merely on this machine. */
export function plantSecrets(
  directory: string,
  passwordFiles: readonly string[],
  keyFile: string,
): Map<string, string> {
  const canary = () => `canary-${randomBytes(18).toString("hex")}`;
  const [modelKey, token, settings] = [canary(), canary(), canary()];
  mkdirSync(join(directory, "secrets"), { mode: 0o700 });
  writeFileSync(join(directory, MODEL_KEY_FILE), modelKey, { mode: 0o400 });
  writeFileSync(join(directory, ".env"), `SOMETHING_ELSE=${settings}\n`, { mode: 0o600 });
  const passwords = passwordFiles.map(
    (file) => [`the password in ${file}`, readFileSync(file, "utf8").trim()] as const,
  );
  const keyLines = readFileSync(keyFile, "utf8")
    .split("\n")
    .filter((line) => line.length > 40 && !line.includes("-----"));
  return new Map([
    ...[
      ["the model key", modelKey] as const,
      [TERRAFORM_TOKEN, token] as const,
      ["a file of the project", settings] as const,
    ],
    ...passwords,
    ...keyLines.slice(2, 4).map((line, index) => [`line ${index + 3} of the SSH key`, line] as const),
  ]);
}

/** Of everything in the project that no call may change; the log is that of `writer`. */
export function guardedDigest(directory: string, writer: Role): string {
  const hash = createHash("sha256");
  const files = [
    ".env",
    MODEL_KEY_FILE,
    "redis/identities/users.acl",
    ...globSync("prompts/*.md", { cwd: directory }).sort(),
  ];
  for (const file of files) hash.update(file).update(readIfThere(join(directory, file)));
  const logs = globSync("docs/team/execution_log_*", { cwd: directory }).filter(
    (name) => !name.includes(writer),
  );
  return hash.update(logs.join()).digest("hex");
}

function readIfThere(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0); // gone, or never there: either is part of the digest
  }
}
