/** Where the commands of a node run: behind this, a sandbox on this machine or the container itself. */
import type { ChildProcessWithoutNullStreams } from "node:child_process";

/** Inside a node: its programs, and the socket on which they ask the node's server. */
export const LAB_DIR = "/opt/lab";
export const CONTROL_SOCKET = "/run/lab/control.sock";

export const NODE_PATH = `${LAB_DIR}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;

/** A process of the node with pipes for its three streams. It goes on when whoever started it has left. */
export type NodeProcess = ChildProcessWithoutNullStreams;

export type Machine = {
  /** The node's `/`, as a path of the program that serves it. */
  root: string;
  /** Starts in /root, as root, in a process group of its own, with this environment and nothing else. */
  spawn(argv: readonly [string, ...string[]], env: Readonly<Record<string, string>>): NodeProcess;
  /** Ends every process of the node. */
  close(): Promise<void>;
};
