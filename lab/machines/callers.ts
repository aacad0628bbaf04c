/** What ordinary users of a node hear from its programs: they may look at the system, not at the cluster. */
import { TREES } from "../cluster/commands/trees.ts";
import { type CommandOutcome, failed } from "../cluster/outcome.ts";
import type { Call } from "./control.ts";

const OF_THE_CLUSTER = new Set([...Object.keys(TREES), "qmrestore", "vzdump"]);
const LOOKING = new Set(
  (
    "cat get-default is-active is-enabled is-failed is-system-running list-dependencies list-jobs list-sockets " +
    "list-timers list-unit-files list-units show status"
  ).split(" "),
);

/** Undefined for what the caller may do. Words as of PVE 9 and systemd 257. */
export function refusalFor({ argv, uid }: Call): CommandOutcome | undefined {
  const [program = "", ...rest] = argv;
  if (uid === 0) return undefined;
  if (OF_THE_CLUSTER.has(program)) {
    const lines = [1, 2, 3].map((number) => `ipcc_send_rec[${number}] failed: Unknown error -1\n`).join("");
    return failed(255, `${lines}Unable to load access control list: Unknown error -1`);
  }
  const [verb = "list-units"] = rest.filter((word) => !word.startsWith("-"));
  if (program === "systemctl" && !LOOKING.has(verb))
    return failed(1, `Failed to ${verb} unit: Interactive authentication required.`);
  if (program === "modprobe" || program === "rmmod")
    return failed(1, `${program}: ERROR: could not change '${verb}': Operation not permitted`);
  return program === "systemd-run"
    ? failed(1, "Failed to start transient service unit: Interactive authentication required.")
    : undefined;
}
