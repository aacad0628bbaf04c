/** What does not run, and why, in the file that the consoles follow (client/troubles.ts). */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** `cause` says what is wrong and what to do; undefined: it runs. */
export type Tell = (part: string, cause: string | undefined) => void;

/** Begins with nothing wrong. Each change replaces the file at once, so that nobody reads half of one. */
export function createTroubleBoard(file: string): Tell {
  const troubles = new Map<string, string>();
  const write = () => {
    writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(troubles)), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  mkdirSync(dirname(file), { recursive: true });
  write();
  return (part, cause) => {
    if (troubles.get(part) === cause) return;
    if (cause === undefined) troubles.delete(part);
    else troubles.set(part, cause);
    write();
  };
}
