/** A test that finds less here than it could prove elsewhere says so: on the screen, and at the end of ./minilab test. */
import { appendFileSync } from "node:fs";

const told = new Set<string>();

/** `what` is one line: what was not proved, and what would bring it. */
export function didLess(what: string): void {
  if (told.has(what)) return;
  told.add(what);
  console.warn(`DID LESS: ${what}`);
  const file = process.env["MINILAB_DID_LESS"];
  if (file) appendFileSync(file, `${what}\n`);
}
