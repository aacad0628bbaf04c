/** What a command is, and how it ends: the words that everything in this folder shares. */
import type { Redacted } from "../../redact/redacted.ts";

import type { CallId } from "./call-id.ts";

export type CommandSpec = {
  /** Program and arguments; never a string for a shell to split. */
  argv: readonly [string, ...string[]];
  /** Where it starts, as the model sees it: a path inside one of the workspace roots. */
  cwd: string;
  /** The whole environment besides PATH, HOME, LANG and TERM. */
  env?: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed. */
  input?: string;
  timeoutMs: number;
  /** Marks the process and all its descendants, so that none survives; the name under which it is adopted. */
  callId: CallId;
  /** A word that tells a second command of the same call from its first. */
  part?: string | undefined;
  /**
   * "networked": writes the workspace and has the agent's network. "workspace": writes it, and reaches nothing. "read-only":
   * nothing can be written, and nothing reached.
   */
  isolation: "networked" | "workspace" | "read-only";
  /** Unix sockets that must be reachable (an SSH agent). */
  sockets?: readonly string[];
  /** Real folders that this command alone may see and write; in "container" it is then a user of its own. */
  folders?: readonly string[];
  /** Called when it has ended and before its output is read: what it has made may be what must be hidden in it. */
  onEnd?: (() => Promise<void>) | undefined;
  /** Sent first on cancel; the default is SIGTERM. Terraform gets SIGINT and time to write its state. */
  stopSignal?: "SIGTERM" | "SIGINT";
  /** Between the first signal and SIGKILL; the default is 500. */
  graceMs?: number;
  signal: AbortSignal;
};

/** How a process ended. A killed process is never a success. */
export type CommandResult = {
  kind: "exited" | "timeout" | "cancelled" | "not-started";
  exitCode: number | null;
  signalName: string | null;
  stdout: CapturedOutput;
  stderr: CapturedOutput;
  durationMs: number;
};

/** Head and tail of a stream, and where all of it is when it was too long to keep. */
export type CapturedOutput = { text: Redacted; totalBytes: number; truncated: boolean; file: string | null };

/** `run` and `adopt` reject with AppError only: what the sandbox refuses, and processes that cannot be killed. */
export interface CommandRunner {
  /** In "container" commands are another user, of a group that the agent may share files with. */
  readonly sandbox: "bubblewrap" | "container" | "none";
  run(spec: CommandSpec): Promise<CommandResult>;
  /**
   * The result of a command that an earlier life of this agent started, waited for when it still runs. Undefined
   * when neither a result nor a runner is left: what it did is not known.
   */
  adopt(callId: CallId, options: Pick<CommandSpec, "signal" | "onEnd">): Promise<CommandResult | undefined>;
  /** End what still runs of a call, in good order, and forget its results. */
  end(callId: CallId): Promise<void>;
}
