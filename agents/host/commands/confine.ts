/** What stands before a command so that the kernel it shares with everything else is out of its reach (confine.pl). */
import { arch } from "node:os";
import { join } from "node:path";
import { commandFilter, type FilterOptions } from "./seccomp.ts";
import { processorOf } from "./system-calls.ts";

/** Beside this file, and beside the bundles, where launcher/team/bundle.ts puts it. */
const PROGRAM = join(import.meta.dirname, "confine.pl");

/** The word among bubblewrap's arguments that becomes the descriptor of the filter. */
export const FILTER_DESCRIPTOR = "FILTER";

/**
 * "self" confines whatever follows; "bwrap" lets bubblewrap do it, which needs the forbidden calls itself. AppError
 * `missing_requirement` on a processor whose system calls are not known.
 */
export function confineArguments(how: "self" | "bwrap", options: FilterOptions): string[] {
  const prctl = String(processorOf(arch()).numbers["prctl"]);
  return ["perl", PROGRAM, how, prctl, commandFilter(options).toString("hex")];
}
