/** What a run of the console is given, on a terminal (terminal-session.ts) or in a pipe (pipe-session.ts). */

import type { Bus } from "../agents/bus/bus.ts";
import type { Redactor } from "../agents/redact/redact.ts";
import type { Redacted } from "../agents/redact/redacted.ts";
import type { Leaving } from "./leaving.ts";
import type { Transcript } from "./transcript.ts";

export type SessionOptions = {
  bus: Bus;
  transcript: Transcript;
  redact: Redactor;
  signal: AbortSignal;
  /** Resolves with an exit code when the process is told to end. */
  ended: Promise<number>;
  leaving: Leaving;
  /** Where ./minilab up tells which parts of the team do not run; undefined where it did not start the team. */
  troublesFile: string | undefined;
  /** Rows for /status. */
  about: Redacted;
  /** Said first. */
  banner: Redacted;
};
