/** The password of a machine's root. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Random, never shown: who wants it must be able to read the file. */
export function keepPassword(directory: string): string {
  const file = join(directory, "root-password");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(18).toString("base64url")}\n`, { mode: 0o600 });
  return file;
}
