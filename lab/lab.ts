/**
 * The lab in one call: a simulated two-node Proxmox VE cluster on this machine, with real OpenSSH on its nodes.
 * Everything it keeps is under one directory and is taken up again by the next start.
 */
import { join } from "node:path";
import type { NodeAddress } from "../agents/base/config.ts";
import { AppError } from "../agents/base/errors.ts";
import { issueToken } from "./api/open-api.ts";
import type { CommandOutcome } from "./cluster/outcome.ts";
import { isQuorate } from "./cluster/quorum.ts";
import type { Cluster } from "./cluster/server.ts";
import type { StartState } from "./cluster/start-states.ts";
import type { ClusterState, JournalEntry } from "./cluster/state.ts";
import { watchFirewall } from "./firewall/compile.ts";
import { closeAll } from "./machines/close-all.ts";
import { createClusterClient } from "./machines/cluster-client.ts";
import type { Computer } from "./machines/computer.ts";
import { forward } from "./machines/forward.ts";
import { type Identity, keepIdentity } from "./machines/identity.ts";
import { keepInStep } from "./machines/in-step.ts";
import { createLabClock, type LabClock } from "./machines/lab-clock.ts";
import { openNetwork } from "./machines/network.ts";
import { keepKeyPair } from "./machines/ssh-keys.ts";
import { type NodeOptions, type RunningNode, startNode } from "./machines/start-node.ts";
import { openCluster } from "./open-cluster.ts";
import { NodeView } from "./pmxcfs/node-view.ts";

export type LabNode = NodeAddress & {
  /** In the lab's own network, as the cluster reports it; there it is port 22. */
  address: string;
  /** `SHA256:...`, as OpenSSH prints it. */
  hostKeyFingerprint: string;
  /** File with the password of root, mode 0600: accepted until sshd is hardened. */
  passwordFile: string;
};

export type Lab = {
  /** On 127.0.0.1, each on a free port. */
  nodes: LabNode[];
  /** OpenSSH format, mode 0600: logs in to every node as root. */
  privateKeyFile: string;
  /** `https://127.0.0.1:PORT`: the cluster's API, as port 8006 of each node has it. */
  apiUrl: string;
  /** PEM: the CA of the API's certificate. */
  caFile: string;
  /** `http://127.0.0.1:PORT`: as a web proxy does it, connects from the admin's place to whatever address of the lab. */
  proxyUrl: string;
  /** How a team is told of all this, as .env has it: by the addresses that the cluster reports. */
  settings: Readonly<Record<string, string>>;
  /** Of root@pam, without privilege separation: `root@pam!ID=SECRET`. An earlier one of the same id is void. */
  issueToken(id: string): string;
  state(): Promise<ClusterState>;
  /** Every mutating operation so far, failed ones too. */
  journal(): Promise<JournalEntry[]>;
  /** Run a command of the cluster's own tools on a node, beside SSH: `exec("pve1", ["qm", "stop", "9101"])`. */
  exec(node: string, argv: string[]): Promise<CommandOutcome>;
  /** Milliseconds: everything that falls due on the nodes meanwhile happens, in order. */
  advance(ms: number): Promise<void>;
  /** By its name: to boot it, shut it down, cut its power. */
  computer(node: string): Computer;
  close(): Promise<void>;
};

export type LabOptions = {
  directory: string;
  /** Counts only when the directory holds no lab yet. */
  start: StartState;
  signal: AbortSignal;
};

const NODES = [
  { name: "pve1", address: "192.168.10.201" },
  { name: "pve2", address: "192.168.10.202" },
];

/**
 * AppError `missing_requirement` where the kernel does not let machines be made, or a program is missing. Aborting
 * `signal` closes the lab.
 */
export async function startLab({ directory, start, signal }: LabOptions): Promise<Lab> {
  const closers: (() => Promise<void>)[] = [];
  const close = closeAll(closers);
  signal.addEventListener("abort", () => void close(), { once: true });
  try {
    signal.throwIfAborted();
    const privateKeyFile = join(directory, "id_ed25519");
    const authorizedKeys = `${keepKeyPair(privateKeyFile, "lab").publicKey}\n`;
    const clock = createLabClock();
    const running: RunningNode[] = [];
    const { stop, ...inStep } = keepInStep(running);
    const members = NODES.map((node) => keepIdentity(join(directory, node.name), node));
    const kept = { directory, start, members, authorizedKeys };
    const place = { ...kept, ...inStep, now: clock.now, signal };
    const { cluster, doors, access, caFile } = await openCluster(place, closers);
    const shared = { directory, members, authorizedKeys, clusterAccess: access, clock };
    const { nodes, started, proxyUrl } = await startNodes(
      { ...shared, apiSocket: doors.socket, madeFor: makerOf(cluster, running) },
      closers,
    );
    running.push(...started);
    closers.push(stop);
    return {
      nodes,
      proxyUrl,
      settings: {
        PROXMOX_NODES: NODES.map(({ name, address }) => `${name}=${address}`).join(","),
        PROXMOX_PROXY: proxyUrl,
        PROXMOX_CA_FILE: caFile,
        SSH_KEY_FILE: privateKeyFile,
      },
      privateKeyFile,
      apiUrl: doors.url,
      caFile,
      issueToken: (id) => issueToken(cluster.api, `root@pam!${id}`),
      state: async () => cluster.state(),
      journal: async () => cluster.journal(),
      exec: async (node, argv) => cluster.exec(node, argv),
      advance: clock.advance,
      computer: (name) => running.find((node) => node.name === name)?.computer ?? unknownNode(name),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type OfNode = Pick<NodeOptions, "files" | "firewall">;

/** What the cluster's state is to a node. Only nodes that run can vote. */
function makerOf(cluster: Cluster, running: readonly RunningNode[]): (node: string) => OfNode {
  const isUp = (name: string) => running.some((one) => one.name === name && one.computer.machine);
  return (node) => ({
    files: new NodeView({
      ...{ files: cluster.files, node },
      isQuorate: () => isQuorate(cluster.state(), node, isUp),
    }),
    firewall: watchFirewall(() => cluster.state(), node),
  });
}

type NodesOptions = {
  directory: string;
  members: readonly Identity[];
  authorizedKeys: string;
  clusterAccess: { url: string; token: string; signal: AbortSignal };
  clock: LabClock;
  apiSocket: string;
  madeFor(node: string): OfNode;
};

type StartedNodes = { nodes: LabNode[]; started: RunningNode[]; proxyUrl: string };

/** Adds to `closers` what it opens. */
async function startNodes(options: NodesOptions, closers: (() => Promise<void>)[]): Promise<StartedNodes> {
  const { directory, members, clusterAccess, madeFor, ...shared } = options;
  const network = await openNetwork();
  closers.push(network.close);
  const starts = members.map(async (identity) => {
    const cluster = createClusterClient({ ...clusterAccess, node: identity.name });
    const place = { network, directory: join(directory, identity.name) };
    const node = await startNode({
      ...{ ...place, ...madeFor(identity.name), identity, neighbours: members, cluster },
      ...shared,
    });
    closers.push(node.close);
    return node;
  });
  const started = (await Promise.allSettled(starts)).map(startedNode);
  const routes = started.map(({ address }) => ({ listen: "127.0.0.1:0", target: `${address}:22` }));
  routes.push({ listen: "127.0.0.1:0", target: "CONNECT" });
  const door = await forward({ to: network.pid, routes });
  closers.push(door.close);
  const nodes = started.map((node, index) => toLabNode(node, door.ports[index] ?? 0));
  return { started, nodes, proxyUrl: `http://127.0.0.1:${door.ports.at(-1)}` };
}

function startedNode(result: PromiseSettledResult<RunningNode>): RunningNode {
  if (result.status === "fulfilled") return result.value;
  throw result.reason;
}

function toLabNode({ name, address, hostKeyFingerprint, passwordFile }: RunningNode, port: number): LabNode {
  return { name, host: "127.0.0.1", port, address, hostKeyFingerprint, passwordFile };
}

function unknownNode(name: string): never {
  throw new AppError("not_found", `the lab has no node '${name}'`);
}
