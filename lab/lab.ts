/**
 * The lab in one call: a simulated two-node Proxmox VE cluster on this machine, with real OpenSSH on its nodes.
 * Everything it keeps is under one directory and is taken up again by the next start.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { NodeAddress } from "../agents/base/config.ts";
import type { CommandOutcome } from "./cluster/outcome.ts";
import { startCluster } from "./cluster/server.ts";
import type { StartState } from "./cluster/start-states.ts";
import type { ClusterState, JournalEntry } from "./cluster/state.ts";
import { closeAll } from "./node/close-all.ts";
import { startNode } from "./node/node.ts";
import { keepKeyPair } from "./node/ssh-keys.ts";

export type LabNode = NodeAddress & {
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
  clusterUrl: string;
  state(): Promise<ClusterState>;
  /** Every mutating operation so far, failed ones too. */
  journal(): Promise<JournalEntry[]>;
  /** Run a command of the cluster's own tools on a node, beside SSH: `exec("pve1", ["qm", "stop", "9101"])`. */
  exec(node: string, argv: string[]): Promise<CommandOutcome>;
  close(): Promise<void>;
};

/** `start` counts only when the directory holds no lab yet. */
export type LabOptions = { directory: string; start: StartState; signal: AbortSignal };

const NODE_NAMES = ["pve1", "pve2"];

/**
 * AppError `missing_requirement` where bubblewrap, sshd, sftp-server or python3 is missing. Aborting `signal` closes
 * the lab.
 */
export async function startLab({ directory, start, signal }: LabOptions): Promise<Lab> {
  const closers: (() => Promise<void>)[] = [];
  const close = closeAll(closers);
  signal.addEventListener("abort", () => void close(), { once: true });
  try {
    signal.throwIfAborted();
    const privateKeyFile = join(directory, "id_ed25519");
    const { publicKey } = keepKeyPair(privateKeyFile, "lab");
    const token = randomBytes(24).toString("base64url");
    const cluster = await startCluster({ stateFile: join(directory, "cluster.json"), start, port: 0, token });
    closers.push(cluster.close);
    const nodes: LabNode[] = [];
    for (const name of NODE_NAMES) {
      const access = { clusterUrl: cluster.url, clusterToken: token, authorizedKeys: `${publicKey}\n` };
      const place = {
        name,
        host: "127.0.0.1",
        port: 0,
        directory: join(directory, name),
        root: "bubblewrap" as const,
      };
      const node = await startNode({ ...place, ...access, signal });
      closers.push(node.close);
      nodes.push({ ...node, host: place.host });
    }
    return {
      nodes,
      privateKeyFile,
      clusterUrl: cluster.url,
      state: async () => cluster.state(),
      journal: async () => cluster.journal(),
      exec: async (node, argv) => cluster.exec(node, argv),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
