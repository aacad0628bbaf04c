/** The team's key for guests: a pair of files that who starts the team makes (launcher/team/guest-key.ts); no tool reads it. */
import { readFileSync } from "node:fs";

/** The private key, as it is now: it may have been rotated. Undefined where none was made. */
export function readPrivateKey(file: string): string | undefined {
  return read(file);
}

/** One line, as in authorized_keys. */
export function readPublicKey(file: string): string | undefined {
  return read(`${file}.pub`)?.trim();
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
