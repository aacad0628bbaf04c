/** What a turn reports as it goes; the execution log, the channel, the status line and tests listen. */
import type { TurnStatus } from "../bus/bus.ts";
import type { Entries } from "../bus/journal-keys.ts";
import type { Message } from "../protocol/message.ts";
import type { Usage } from "../protocol/spending.ts";
import type { Redacted, RedactedJson } from "../redact/redacted.ts";
import type { Effect, ToolResult } from "../tools/tool.ts";

/** One call of one tool. `id` is unique within its turn: `<step>.<number>`. */
export type ToolCall = {
  id: `${number}.${number}`;
  step: number;
  tool: Redacted;
  target: Redacted;
  args: RedactedJson;
  /** What it can change, as far as its arguments tell. */
  effect: Effect;
};

export type TurnEvent =
  | { kind: "turn_started"; message: Message }
  | { kind: "step_started"; step: number }
  | { kind: "model_waiting"; reason: Redacted; delayMs: number }
  /** For the operator, who has been asked. */
  | { kind: "budget_waiting"; reason: Redacted }
  /** A call waits for its approval; `isOperators`: it is the operator who is asked. */
  | { kind: "approval_waiting"; step: number; reason: Redacted; isOperators: boolean }
  | { kind: "model_replied"; step: number; usage: Usage; durationMs: number }
  | { kind: "thought"; text: Redacted }
  | { kind: "tool_started"; call: ToolCall }
  | { kind: "tool_ended"; call: ToolCall; result: ToolResult; durationMs: number }
  | { kind: "turn_ended"; message: Message; status: TurnStatus; detail: Redacted };

/**
 * How a turn ended; `text` is what the role says in the channel, if anything; `entries` go into the journal with it.
 * `again` asks the model once more, for the operator has spoken; without it the end stands. `cause` of a failure.
 */
export type TurnEnd = {
  status: TurnStatus;
  text: Redacted;
  entries?: Entries;
  /** Entries that hold only if this end is the one that is said. */
  closing?: Entries;
  cause?: Redacted;
  again?: () => Promise<TurnEnd>;
};

export type TurnListener = (event: TurnEvent) => void;
