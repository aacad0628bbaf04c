/** What is inside of guests that have booted, for the parts of the API and of its tools that ask for that. */
import type { CommandOutcome } from "./outcome.ts";
import type { Row } from "./state.ts";

export type GuestsInside = {
  /** Undefined for one that has not booted. */
  of(vmid: number): Inside | undefined;
  /** What it has said on its console since it was switched on. */
  console(vmid: number): string;
  /** When it has booted, if it is about to. */
  booted(vmid: number): Promise<void>;
  /** Brings up to date what is known of those that have booted. */
  look(): Promise<void>;
  /** Runs what a command of a node asks for, to its end; `input` is the command's. */
  perform(request: InsideRequest, input: string): Promise<CommandOutcome>;
};

export type Inside = {
  /** Whether the agent is installed and runs. */
  hasAgent: boolean;
  /** As `ip -j -s address` tells it; as it was when it was last looked at. */
  addresses: readonly Row[];
  hostname: string;
  /** Of /etc/os-release, in small letters. */
  osRelease: Readonly<Record<string, string>>;
  kernel: string;
  isFrozen: boolean;
  freeze(isFrozen: boolean): void;
  /** Returns its number, by which its end is asked for. */
  start(argv: readonly string[], input: string): number;
  status(pid: number): ExecStatus | undefined;
};

/** As the agent tells it, but for the text, which is not coded. */
export type ExecStatus = { exited: boolean; exitCode: number; stdout: string; stderr: string };

/** What a command leaves to be done inside of a guest. */
export type InsideRequest = { vmid: number } & (
  | { kind: "exec"; argv: string[] }
  | { kind: "agent"; argv: string[]; timeoutMs: number; hasInput: boolean }
  | { kind: "push"; node: string; file: string; path: string; owner: string; mode: string }
  | { kind: "pull"; node: string; file: string; path: string }
);
