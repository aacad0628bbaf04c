/** The parts that a role's thread is made of, and what they cost. A part stands, and leaves, as a whole. */
import { joinRedacted, type Redacted } from "../redact/redacted.ts";
import type { ModelMessage } from "./model.ts";

/** What stays of a part that has left: one line of the digest. Of one `key` the newest counts. */
export type Note = {
  kind: "change" | "file" | "look" | "said";
  key: string;
  text: Redacted;
  /** Left out when there is no room for all. */
  detail?: Redacted;
};

/** A line of the channel, or a step: a reply of the model with the results of its calls. */
export type Unit = {
  messages: readonly ModelMessage[];
  notes: readonly Note[];
  /** The operator's words, as they become part of the mission. */
  mission?: Redacted;
  /** The number of the turn that it is a task of: it stays as long as that turn is at work. */
  taskOf?: number;
};

export type ThreadState = {
  /** What the operator had said before the last eviction, and is not among the units. */
  mission: readonly Redacted[];
  digest: readonly Note[];
  units: readonly Unit[];
};

/** In tokens: a thread that has grown above `high` is cut to about `low`. */
export type TokenBudget = { high: number; low: number };

const CHARS_A_TOKEN = 4;
/** What stands around each message. */
const FRAME_CHARS = 40;
const known = new WeakMap<ModelMessage, number>();

/** One message, a line for each thing that he has said; what he said twice once. */
export function missionMessages(mission: readonly Redacted[]): ModelMessage[] {
  return mission.length === 0 ? [] : [{ role: "user", content: joinRedacted(mission, "\n") }];
}

/** Estimated: no server has counted it yet. */
export function tokensOf(messages: readonly ModelMessage[]): number {
  return messages.reduce((sum, message) => sum + tokensOfOne(message), 0);
}

export function tokensOfUnits(units: readonly Unit[]): number {
  return units.reduce((sum, { messages }) => sum + tokensOf(messages), 0);
}

export function tokensOfText(text: string): number {
  return Math.ceil(text.length / CHARS_A_TOKEN);
}

function tokensOfOne(message: ModelMessage): number {
  const counted = known.get(message);
  if (counted !== undefined) return counted;
  const chars = message.role === "assistant" ? charsOfReply(message) : message.content.length;
  const tokens = Math.ceil((chars + FRAME_CHARS) / CHARS_A_TOKEN);
  known.set(message, tokens);
  return tokens;
}

function charsOfReply({ text, calls, carry }: ModelMessage & { role: "assistant" }): number {
  const called = calls.map((call) => JSON.stringify([call.tool, call.args, call.carry]).length + FRAME_CHARS);
  return called.reduce((sum, each) => sum + each, text.length + (carry ? JSON.stringify(carry).length : 0));
}
