/** `pct`: containers. The lab has none, and none can be made. */
import { succeeded } from "../outcome.ts";
import type { Tool } from "./program.ts";

const REAL_BUT_MISSING =
  "clone config console cpusets create delsnapshot destroy df enter exec fsck fstrim listsnapshot migrate mount " +
  "move-volume pending pull push reboot remote-migrate rescan resize restore resume rollback set shutdown snapshot " +
  "start status stop suspend template unlock unmount";

export const pct: Tool = {
  missing: REAL_BUT_MISSING.split(" "),
  subcommands: { list: { usage: "", positional: [], execute: () => succeeded() } },
};
