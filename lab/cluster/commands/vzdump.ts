/** `vzdump` and `qmrestore`: programs that are one route each, without commands of their own. */
import type { CommandOutcome } from "../outcome.ts";
import { runSingle } from "./command-tree.ts";
import type { Run } from "./run.ts";

/** Ids without a name come one after the other. */
export function vzdump(run: Run): CommandOutcome {
  const words = run.argv.slice(1);
  const count = words.findIndex((word) => !/^\d+$/.test(word));
  const ids = words.slice(0, count < 0 ? words.length : count);
  const given = ids.length > 0 ? ["--vmid", ids.join(",")] : [];
  return runSingle({ route: "POST /nodes/{node}/vzdump" }, run, [...given, ...words.slice(ids.length)]);
}

export function qmrestore(run: Run): CommandOutcome {
  const command = { route: "POST /nodes/{node}/qemu", positional: ["archive", "vmid"] };
  return runSingle(command, run, run.argv.slice(1));
}
