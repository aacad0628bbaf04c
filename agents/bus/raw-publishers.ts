/** Compat mode: programs that know only the original's format, publish, and do nothing else. */
import { resolveMentions } from "../protocol/addressing.ts";
import { type ControlCommand, parseControl } from "../protocol/control.ts";
import { parseRawMessage } from "../protocol/message.ts";
import { COORDINATOR, OPERATOR } from "../protocol/roles.ts";
import type { Redactor } from "../redact/redact.ts";
import type { Draft } from "./bus.ts";
import { rawMessageId } from "./redis-schema.ts";

/** What such a program means; its id is the same for everybody who hears it. */
export type RawIntent =
  | { kind: "command"; command: ControlCommand; id: string }
  | { kind: "message"; draft: Draft };

export function readRaw(payload: string, nowMs: number, redactor: Redactor): RawIntent | undefined {
  const raw = parseRawMessage(payload);
  if (raw === undefined) return undefined;
  const { sender, content } = raw;
  const id = rawMessageId(raw, nowMs);
  const command = sender === OPERATOR ? parseControl(content) : undefined;
  if (command) return { kind: "command", command, id };
  const mentioned = resolveMentions(sender, content).to;
  const to = sender === OPERATOR && mentioned.length === 0 ? [COORDINATOR] : mentioned;
  return { kind: "message", draft: { id, sender, to, content: redactor(content) } };
}
