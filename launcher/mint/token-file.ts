/** The token as it lies here: one line `user!name=secret` in a file of mode 0600, whole or not there. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

/** `user!name`, without the secret; undefined where there is none, or something else. */
export function tokenInFile(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  return /^([^\s=]+![^\s=]+)=[^\s=]+\s*$/.exec(readFileSync(file, "utf8"))?.[1];
}

/** Durable when it returns: the cluster never tells the secret again. */
export function keepToken(file: string, token: string): void {
  mkdirSync(dirname(file), { recursive: true });
  rmSync(`${file}.new`, { force: true });
  const handle = openSync(`${file}.new`, "wx", 0o600);
  writeSync(handle, `${token}\n`);
  fsyncSync(handle);
  closeSync(handle);
  renameSync(`${file}.new`, file);
}

export function removeToken(file: string): void {
  rmSync(`${file}.new`, { force: true });
  rmSync(file, { force: true });
}
