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
  return /^([^\s=!]+![^\s=!]+)=[^\s=]+$/.exec(readFileSync(file, "utf8").trim())?.[1];
}

/** Whole and durable when it returns: the cluster never tells a secret again. */
export function keepFile(file: string, content: string, mode: number): void {
  mkdirSync(dirname(file), { recursive: true });
  rmSync(`${file}.new`, { force: true });
  const handle = openSync(`${file}.new`, "wx", mode);
  writeSync(handle, content);
  fsyncSync(handle);
  closeSync(handle);
  renameSync(`${file}.new`, file);
}

export function removeToken(file: string): void {
  rmSync(`${file}.new`, { force: true });
  rmSync(file, { force: true });
}
