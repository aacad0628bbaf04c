/** Folders for unix sockets, whose paths have at most 107 bytes. */
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MAX_FOLDER_BYTES = 90;

/** `name` within `directory`, unless that is too far down. Whoever asked removes it. */
export function makeSocketFolder(directory: string, name: string): string {
  const own = join(directory, name);
  if (Buffer.byteLength(own) > MAX_FOLDER_BYTES) return mkdtempSync(join(tmpdir(), "lab-"));
  mkdirSync(own, { recursive: true, mode: 0o700 });
  return own;
}
