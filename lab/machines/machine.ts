/** A machine of the lab, as what serves it sees it: a file system, processes, a network address. */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import type { Init } from "./init.ts";

/** Inside a machine: what the lab has put there, and the socket on which its programs ask the lab. */
export const LAB_DIR = "/opt/lab";
export const CONTROL_DIR = "/run/lab";

/** A process of the machine with pipes for its three streams. It goes on when whoever started it has left. */
export type MachineProcess = ChildProcessWithoutNullStreams;

export type Service = {
  /** As this machine knows it. */
  pid: number;
  child: MachineProcess;
  /** Settles when it has ended. */
  gone: Promise<void>;
};

export type Machine = {
  name: string;
  address: string;
  /** The machine's `/`, as a path of the program that serves it. */
  root: string;
  /** A process whose namespaces are the machine's. */
  pid: number;
  init: Init;
  /** Starts in /root, as root, in a process group of its own, with this environment and nothing else. */
  spawn(argv: readonly [string, ...string[]], env: Readonly<Record<string, string>>): MachineProcess;
  /** The same for what is to be signalled later. */
  serve(argv: readonly [string, ...string[]], env: Readonly<Record<string, string>>): Promise<Service>;
  /** Who somebody of this machine is in it; undefined for nobody that it knows. */
  userInside(uid: number): number | undefined;
  /** Settles when its first process has ended, and with it every other. */
  gone: Promise<void>;
  /** Ends every process of the machine. */
  close(): Promise<void>;
};
