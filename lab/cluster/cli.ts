/** The command line of a node, as far as it concerns the cluster: finds the program and runs it against the state. */
import { runTree } from "./commands/command-tree.ts";
import { cmapctl, quorumtool } from "./commands/corosync.ts";
import * as facts from "./commands/host-facts.ts";
import { ip } from "./commands/ip.ts";
import { lvm } from "./commands/lvm.ts";
import { pveversion } from "./commands/pveversion.ts";
import type { Run } from "./commands/run.ts";
import { systemctl } from "./commands/systemctl.ts";
import { TREES } from "./commands/trees.ts";
import { qmrestore, vzdump } from "./commands/vzdump.ts";
import { FACTS_REQUEST, nodeHardware } from "./node-facts.ts";
import { answerFiles, FILES_REQUEST } from "./node-storage-files.ts";
import { type CommandOutcome, notSimulated, succeeded } from "./outcome.ts";
import { nodeOf } from "./storage.ts";

const PROGRAMS: Readonly<Record<string, (run: Run) => CommandOutcome>> = {
  chronyc: facts.chronyc,
  "corosync-cfgtool": facts.corosyncCfgtool,
  "corosync-cmapctl": cmapctl,
  "corosync-quorumtool": quorumtool,
  free: facts.free,
  hostnamectl: facts.hostnamectl,
  ip,
  ...Object.fromEntries(
    ["lvcreate", "lvextend", "lvremove", "lvresize", "resize2fs"].map((name) => [name, lvm]),
  ),
  journalctl: facts.journalctl,
  pveversion,
  qmrestore,
  ss: facts.ss,
  systemctl,
  timedatectl: facts.timedatectl,
  vzdump,
};

/** Real programs of a node that exist there as a clear refusal only, so that no gap looks like a success. */
const MISSING = "bridge iptables iptables-save nft";

/** Every program that a node offers besides those of its operating system. */
export const PROGRAM_NAMES: readonly string[] = [
  ...Object.keys(TREES),
  ...Object.keys(PROGRAMS),
  ...MISSING.split(" "),
];

/** AppError `not_found` for a node that is not in the cluster. */
export function runCommand(run: Run): CommandOutcome {
  nodeOf(run.api.store.state(), run.node);
  const [name = ""] = run.argv;
  if (name === FACTS_REQUEST) return succeeded(JSON.stringify(nodeHardware(run.api.store.state(), run.node)));
  if (name === FILES_REQUEST)
    return succeeded(JSON.stringify(answerFiles(run.api.store, run.node, run.argv[1] ?? "{}")));
  const tree = Object.hasOwn(TREES, name) ? TREES[name] : undefined;
  if (tree) return runTree(tree, run);
  const program = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
  return program ? program(run) : notSimulated(name, 127);
}
