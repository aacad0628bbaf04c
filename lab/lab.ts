/**
 * The lab in one call: a simulated two-node Proxmox VE cluster on this machine, with real OpenSSH on its nodes.
 * Everything it keeps is under one directory and is taken up again by the next start.
 */
import type { NodeAddress } from "../agents/base/config.ts";
import type { CommandOutcome } from "./cluster/outcome.ts";
import type { StartState } from "./cluster/start-states.ts";
import type { ClusterState, JournalEntry } from "./cluster/state.ts";

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
