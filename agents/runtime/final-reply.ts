/**
 * The text that ends a turn: checked before it is sent. What cannot be sent as it is goes back to the model
 * with a correction, a few times; it is never guessed at.
 */
import { explainUnknown, resolveMentions } from "../protocol/addressing.ts";
import type { Message, Signal } from "../protocol/message.ts";
import { COORDINATOR, OPERATOR, type Role } from "../protocol/roles.ts";
import { parseSignal } from "../protocol/signal.ts";
import { fromRedactedParts, type Redacted, redacted } from "../redact/redacted.ts";
import { fenced } from "./escalation.ts";
import type { TurnEnd } from "./events.ts";

const MAX_CORRECTIONS = 2;

export type FinalReply = { kind: "final"; end: TurnEnd } | { kind: "correct"; correction: Redacted };

/** `corrections` is how often the model was asked to write it anew. */
export function checkFinalReply(
  role: Role,
  text: Redacted,
  { asked, corrections }: { asked: Message; corrections: number },
): FinalReply {
  const problem = problemOf(role, text);
  if (problem === undefined) return { kind: "final", end: { status: statusOf(role, text), text } };
  if (corrections < MAX_CORRECTIONS) return { kind: "correct", correction: problem };
  const address = role !== COORDINATOR && asked.sender !== OPERATOR ? redacted`@${COORDINATOR} ` : redacted``;
  const end: TurnEnd = {
    status: "blocked",
    text: redacted`${address}I could not finish: my last reply could not be sent.\n${fenced(problem)}`,
  };
  return { kind: "final", end };
}

function problemOf(role: Role, text: Redacted): Redacted | undefined {
  if (text.trim() === "")
    return redacted`Your reply was empty. Call a tool, or say in words how your task ended.`;
  if (looksLikeToolCall(text)) {
    return redacted`Your reply describes a tool call as text; nothing was run. Call the tool, or say how your task ended.`;
  }
  const { to, unknown } = resolveMentions(role, text);
  if (unknown.length > 0)
    return redacted`${fromRedactedParts(explainUnknown(unknown))} Write your reply again.`;
  if (role === COORDINATOR && to.length > 0 && parseSignal(text)) {
    return redacted`You addressed a colleague and ended with a signal; nobody would start. Write your reply again with one of the two.`;
  }
  return undefined;
}

/** The whole reply is a call written as prose, as some models do when they lose the format. */
function looksLikeToolCall(text: string): boolean {
  const trimmed = text.trim();
  return (
    /^\(?(?:calling|call|executing)\s+(?:tool\s+)?`?(?:save_file|append_file|read_file|delete_file|read_env|run_\w+|fetch_webpage)\b/i.test(
      trimmed,
    ) ||
    /^(?:```(?:json)?\s*)?\{\s*"(?:tool|name|function|recipient_name|tool_uses)"\s*:[\s\S]*"(?:arguments|args|parameters)"/.test(
      trimmed,
    )
  );
}

function statusOf(role: Role, text: string): TurnEnd["status"] {
  return role === COORDINATOR && parseSignal(text) === "awaiting" ? "awaiting" : "completed";
}

/** Who hears it. A report that names nobody goes to the coordinator, so that no work ends in silence. */
export function addressees(role: Role, asked: Message, text: string): { to: Role[]; signal?: Signal } {
  const { to } = resolveMentions(role, text);
  if (role === COORDINATOR) {
    const signal = parseSignal(text);
    return signal ? { to, signal } : { to };
  }
  return to.length === 0 && asked.sender !== OPERATOR ? { to: [COORDINATOR] } : { to };
}
