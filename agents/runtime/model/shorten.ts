/**
 * When a conversation is longer than the model's context: the oldest results are shortened, once; what the newest step
 * brought stays. They remain so for the rest of the turn.
 */
import { redacted, sliceRedacted } from "../../redact/redacted.ts";
import type { ModelMessage } from "./exchange.ts";

const KEPT_CHARS = { head: 300, tail: 200 };
/** Shorter results are left as they are. */
const WORTH_CHARS = 800;

/** The messages to change, and what becomes of each; empty when there is nothing to shorten. */
export function shortened(messages: readonly ModelMessage[]): Map<ModelMessage, ModelMessage> {
  const newest = messages.findLastIndex(({ role }) => role === "assistant");
  const changed = new Map<ModelMessage, ModelMessage>();
  for (const message of messages.slice(0, Math.max(newest, 0))) {
    if (message.role !== "tool" || message.content.length < WORTH_CHARS) continue;
    const { head, tail } = KEPT_CHARS;
    const cut = message.content.length - head - tail;
    const [first, last] = [sliceRedacted(message.content, 0, head), sliceRedacted(message.content, -tail)];
    const content = redacted`${first}\n[... ${cut} characters left out: the conversation is too long for the model]\n${last}`;
    changed.set(message, { ...message, content });
  }
  return changed;
}
