/** The programs that tests run: those that ./minilab has brought, as the team's agents run them; else the machine's own. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { broughtPrograms } from "../host/commands/brought-programs.ts";

/** `programs` is for a sandbox, `systemPath` for a runner. */
export const BROUGHT = broughtPrograms(process.env["MINILAB_PROGRAMS"]);

/** A missing program fails the test with the way to get it. */
export function requireProgram(program: string, remedy: string): void {
  const folders = BROUGHT.systemPath.split(delimiter);
  if (folders.some((folder) => existsSync(join(folder, program)))) return;
  throw new Error(`These tests need ${program}: ${remedy}`);
}
