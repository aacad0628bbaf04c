/** The command line of a node, as far as it concerns the cluster: finds the program and runs it against the state. */
import * as facts from "./commands/host-facts.ts";
import { ip } from "./commands/ip.ts";
import { pct } from "./commands/pct.ts";
import { type Run, runTool, type Tool } from "./commands/program.ts";
import { pvecm } from "./commands/pvecm.ts";
import { pvesh } from "./commands/pvesh.ts";
import { pvesm } from "./commands/pvesm.ts";
import { pveversion } from "./commands/pveversion.ts";
import { qm } from "./commands/qm.ts";
import { systemctl } from "./commands/systemctl.ts";
import { type CommandOutcome, notSimulated } from "./outcome.ts";
import { nodeOf } from "./storage.ts";

const TOOLS: Readonly<Record<string, Tool>> = { pct, pvecm, pvesh, pvesm, qm };

const PROGRAMS: Readonly<Record<string, (run: Run) => CommandOutcome>> = {
  chronyc: facts.chronyc,
  "corosync-cfgtool": facts.corosyncCfgtool,
  free: facts.free,
  hostnamectl: facts.hostnamectl,
  ip,
  journalctl: facts.journalctl,
  pveversion,
  ss: facts.ss,
  systemctl,
  timedatectl: facts.timedatectl,
};

/** Real programs of a node that exist there as a clear refusal only, so that no gap looks like a success. */
const MISSING =
  "bridge corosync-cmapctl corosync-quorumtool ha-manager iptables iptables-save nft pve-firewall pveceph pveum pvesr " +
  "qmrestore vzdump";

/** Every program that a node offers besides those of its operating system. */
export const PROGRAM_NAMES: readonly string[] = [
  ...Object.keys(TOOLS),
  ...Object.keys(PROGRAMS),
  ...MISSING.split(" "),
];

/** AppError `not_found` for a node that is not in the cluster. */
export function runCommand(run: Run): CommandOutcome {
  nodeOf(run.store.state(), run.node);
  const [name = ""] = run.argv;
  const tool = Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined;
  if (tool) return runTool(tool, run);
  const program = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
  return program ? program(run) : notSimulated(name, 127);
}
