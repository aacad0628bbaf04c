/** What a run of the console is given, on a terminal (terminal-session.ts) or in a pipe (pipe-session.ts). */
import type { Redacted } from "../agents/redact/redacted.ts";
import type { ConsoleOptions } from "./operator-console.ts";

export type SessionOptions = Omit<ConsoleOptions, "view" | "prompt" | "onExit"> & {
  /** Resolves with an exit code when the process is told to end. */
  ended: Promise<number>;
  /** Said first. */
  banner: Redacted;
};
