/** A machine that is a node of the cluster: OpenSSH, the cluster's tools, /etc/pve, port 8006. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type CommandOutcome, gapOf } from "../cluster/outcome.ts";
import type { Compiled } from "../firewall/compile.ts";
import type { NodeView } from "../pmxcfs/node-view.ts";
import { openJournal } from "../systemd/journal.ts";
import { builtInUnits } from "../systemd/unit-view.ts";
import { refusalFor } from "./callers.ts";
import { closeAll } from "./close-all.ts";
import type { ClusterClient } from "./cluster-client.ts";
import { Computer } from "./computer.ts";
import { type Call, serveControl } from "./control.ts";
import { createDeviceNodes } from "./device-nodes.ts";
import { forward } from "./forward.ts";
import { noteGap } from "./gaps.ts";
import type { LabClock } from "./lab-clock.ts";
import { makeNodeFiles, type NodePlace } from "./make-node-files.ts";
import { mountPmxcfs } from "./mount-pmxcfs.ts";
import { namedFiles } from "./named-files.ts";
import { requirePrograms } from "./network.ts";
import { createNodeFirewall } from "./node-firewall.ts";
import { journalProgram, noteBoot, noteFailure, noteSystemctl } from "./node-journal.ts";
import { nodeLinks } from "./node-links.ts";
import { createNodeServices } from "./node-services.ts";
import { nodeSystemctl } from "./node-systemctl.ts";
import { giveTree } from "./ownership.ts";
import { createMirror } from "./pmxcfs-mirror.ts";
import { powerCommand } from "./power-commands.ts";
import { writeMemory, writeProcFiles } from "./proc-files.ts";
import { applyFstab, remountCommand } from "./remount.ts";
import { keepPassword } from "./root-password.ts";
import { makeSocketFolder } from "./socket-folder.ts";
import { fingerprintOf } from "./ssh-keys.ts";
import { standIn } from "./stand-ins.ts";
import type { MachineOptions } from "./start-machine.ts";
import { createStorageFiles } from "./storage-files.ts";

export type NodeOptions = NodePlace & {
  cluster: ClusterClient;
  /** Its /etc/pve. */
  files: NodeView;
  /** What its firewall is to do. */
  firewall(): Compiled;
  /** On which its timers elapse. */
  clock: LabClock;
  /** A unix socket of this machine at which the cluster's API is served: port 8006 leads to it. */
  apiSocket: string;
};

export type RunningNode = {
  name: string;
  address: string;
  computer: Computer;
  /** `SHA256:...` */
  hostKeyFingerprint: string;
  /** Mode 0600. */
  passwordFile: string;
  /** Brings its /etc/pve up to date. */
  sync(): Promise<void>;
  close(): Promise<void>;
};

const REQUIRED: Readonly<Record<string, string>> = {
  sshd: "openssh-server",
  "/usr/lib/openssh/sftp-server": "openssh-sftp-server",
  "ssh-keygen": "openssh-client",
  nft: "nftables",
  "iptables-restore": "iptables",
  ping: "iputils-ping",
  prlimit: "util-linux",
  python3: "python3",
};

/** AppError `missing_requirement`, with the line that installs what is missing. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  requirePrograms(REQUIRED);
  const { network, directory, identity } = options;
  const { name, address } = identity;
  const passwordFile = keepPassword(directory);
  makeNodeFiles(options, readFileSync(passwordFile, "utf8").trim());
  const controlDirectory = makeSocketFolder(directory, "control");
  const closers = [async () => rmSync(controlDirectory, { recursive: true, force: true })];
  const close = closeAll(closers);
  try {
    const place = { network, name, address, directory, controlDirectory };
    const machineOptions = { ...place, links: nodeLinks(address), hasPve: true };
    writeProcFiles(join(directory, "proc"), await options.cluster.hardware(), {
      bootedAt: options.clock.now(),
    });
    const { computer, run, sync } = assemble(options, machineOptions);
    const { root: owner, inside: userInside } = network.users;
    const control = await serveControl({ directory: controlDirectory, owner, userInside, run });
    closers.push(control.close, () => computer.close());
    await computer.boot();
    const hostKeyFingerprint = fingerprintOf(identity.hostKey.publicKey);
    return { name, address, computer, hostKeyFingerprint, passwordFile, sync, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Assembled = {
  computer: Computer;
  run: (call: Call) => Promise<CommandOutcome>;
  sync: () => Promise<void>;
};

function assemble(options: NodeOptions, machineOptions: MachineOptions): Assembled {
  const { cluster, apiSocket, identity, network, directory } = options;
  const own = (path: string) => giveTree(path, network.users.root);
  const journal = openJournal(join(directory, "journal.jsonl"), options.clock.now);
  let isChanged = false;
  const mirror = createMirror({
    directory: join(directory, "pve"),
    node: identity.name,
    cluster,
    tell: (message) => noteFailure(journal, "pve-cluster", message),
    own: (path) => {
      own(path);
      isChanged = true;
    },
  });
  const firewall = createNodeFirewall({
    ...{ compile: options.firewall, clock: options.clock },
    tell: (message) => noteFailure(journal, "pve-firewall", message),
  });
  const storageFiles = createStorageFiles({ directory, cluster, machine: () => computer.machine });
  const deviceNodes = createDeviceNodes(cluster, () => computer.machine);
  const sync = async () => {
    await mirror.sync();
    await firewall.sync();
    await Promise.all([storageFiles.sync(), deviceNodes.sync(), daemons.sync()]);
    if (isChanged) writeMemory(join(directory, "proc"), await cluster.hardware());
    isChanged = false;
    return undefined;
  };
  const { units, builtIn, custom, daemons, last } = createNodeServices({
    ...{ address: identity.address, directory, cluster, clock: options.clock, journal, own },
    builtIn: builtInUnits(),
  });
  const computer: Computer = new Computer(machineOptions, [
    { start: sync },
    { start: (machine) => mountPmxcfs(machine.pid, options.files) },
    { start: async () => void noteBoot(journal, builtInUnits()) },
    { start: applyFstab },
    { start: builtIn.boot },
    { start: firewall.start },
    { start: custom.boot },
    { start: async (machine) => forwardApi(machine.pid, apiSocket) },
    ...last,
  ]);
  const answer = async (call: Call): Promise<CommandOutcome> => {
    const settled =
      refusalFor(call) ??
      powerCommand(call, computer) ??
      (await remountCommand(call, computer.machine)) ??
      (await custom.run(call)) ??
      journalProgram(call, { journal, now: options.clock.now(), node: identity.name }) ??
      (await standIn(call, options));
    if (settled) return settled;
    if (call.argv[0] !== "systemctl") await storageFiles.sync();
    const outcome = await (call.argv[0] === "systemctl"
      ? nodeSystemctl(units, call.argv)
      : cluster.exec(call.argv, namedFiles(directory, call.argv), call.input));
    if (call.argv[0] === "systemctl") noteSystemctl(journal, call.argv, outcome);
    await sync();
    return outcome;
  };
  const run = async (call: Call) => noted(directory, await answer(call));
  return { computer, run, sync };
}

function noted(directory: string, outcome: CommandOutcome): CommandOutcome {
  const gap = gapOf(outcome);
  if (gap !== undefined) noteGap(directory, gap);
  return outcome;
}

/** Answers at the port that the node's pveproxy opens. */
async function forwardApi(pid: number, target: string): Promise<() => Promise<void>> {
  const { close } = await forward({ from: pid, routes: [{ listen: "@lab-api", target }] });
  return close;
}
