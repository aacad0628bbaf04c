/**
 * The lab in one call: a simulated two-node Proxmox VE cluster on this machine, with real OpenSSH on its nodes.
 * Everything it keeps is under one directory and is taken up again by the next start.
 */
import { join } from "node:path";
import { AppError } from "../agents/base/errors.ts";
import { issueToken } from "./api/open-api.ts";
import type { CommandOutcome } from "./cluster/outcome.ts";
import { switchOff } from "./cluster/power.ts";
import type { Cluster } from "./cluster/server.ts";
import type { StartState } from "./cluster/start-states.ts";
import type { ClusterState, JournalEntry } from "./cluster/state.ts";
import { Guests } from "./guests/guests.ts";
import { closeAll } from "./machines/close-all.ts";
import type { Computer } from "./machines/computer.ts";
import { keepIdentity, keyPlaces } from "./machines/identity.ts";
import { keepInStep } from "./machines/in-step.ts";
import { createLabClock } from "./machines/lab-clock.ts";
import { openNetwork } from "./machines/network.ts";
import { keepKeyPair, makeKeyPairs } from "./machines/ssh-keys.ts";
import type { RunningNode } from "./machines/start-node.ts";
import { openCluster } from "./open-cluster.ts";
import { type LabNode, makerOf, startNodes } from "./open-nodes.ts";

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
  /** Its guests as machines. */
  guests: Guests;
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
    const { privateKeyFile, authorizedKeys, members } = await keepKeys(directory, signal);
    const clock = createLabClock();
    const running: RunningNode[] = [];
    const { stop, onChange, lookAtNodes } = keepInStep(running);
    const network = await openNetwork();
    closers.push(network.close);
    const node = (name: string) => running.find((one) => one.name === name)?.computer.machine;
    const guests = new Guests({ directory, network, clock, node });
    const changed = () => {
      onChange();
      guests.follow();
    };
    const kept = { directory, start, members, authorizedKeys };
    const place = { ...kept, onChange: changed, lookAtNodes, guests, now: clock.now, signal };
    const { cluster, doors, access, caFile } = await openCluster(place, closers);
    const shared = { network, directory, members, authorizedKeys, clusterAccess: access, clock };
    const { nodes, started, proxyUrl } = await startNodes(
      { ...shared, apiSocket: doors.socket, madeFor: makerOf(cluster, running) },
      closers,
    );
    running.push(...started);
    attend(guests, cluster, running);
    closers.push(stop, () => guests.close());
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
      guests,
      computer: (name) => running.find((node) => node.name === name)?.computer ?? unknownNode(name),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Of the lab and of its nodes; made all at once, where they are new. */
async function keepKeys(directory: string, signal: AbortSignal) {
  const privateKeyFile = join(directory, "id_ed25519");
  const places = NODES.flatMap(({ name }) => keyPlaces(join(directory, name), name));
  await makeKeyPairs(places, signal);
  return {
    privateKeyFile,
    authorizedKeys: `${keepKeyPair(privateKeyFile, "lab").publicKey}\n`,
    members: NODES.map((node) => keepIdentity(join(directory, node.name), node)),
  };
}

/** What is to run boots now, and whenever its node does. */
function attend(guests: Guests, cluster: Cluster, running: readonly RunningNode[]): void {
  for (const { computer } of running)
    for (const event of ["booted", "off"] as const) computer.on(event, () => guests.follow());
  guests.attend({
    state: cluster.state,
    off: (vmid) => cluster.api.store.change((draft) => switchOff(draft, vmid)),
  });
}

function unknownNode(name: string): never {
  throw new AppError("not_found", `the lab has no node '${name}'`);
}
