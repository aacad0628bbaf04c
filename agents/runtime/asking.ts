/** What a call asks of the gate before it runs, and what it gets. */
import type { Message } from "../protocol/message.ts";
import type { Redacted } from "../redact/redacted.ts";
import type { Proposal } from "../tools/tool.ts";
import type { ToolCall, TurnListener } from "./events.ts";

/** A call that is about to run. */
export type Asking = {
  call: ToolCall;
  message: Message;
  /** Of the operator's messages those that the model has read. */
  heard: readonly Message[];
  /** Looks at what the call would change, each time anew. AppError as of the tool. */
  propose(): Promise<Proposal>;
  /** What was noted when it began to wait. */
  waiting: Waiting | undefined;
  note(waiting: Waiting): Promise<void>;
  emit: TurnListener;
};
/** `until` in milliseconds of Redis' clock. */
export type Waiting = { change: string; until: number };

/** `grants`: the ids of those that it has spent. */
export type Passed =
  | { kind: "allowed"; change?: string; grants: readonly string[] }
  | { kind: "refused"; reason: Redacted };

export interface Authority {
  /** Rejects when `signal` aborts, and with `stale` when the run has passed. */
  pass(asking: Asking, signal: AbortSignal): Promise<Passed>;
  /** Hears how turns go. */
  listener?: TurnListener;
}
