/**
 * All of `BUS_MODE=compat`: the channels of the original, the list that its programs read, and those that know only its
 * format, publish, and do nothing else. Strict mode meets nothing of it.
 */
import { createHash } from "node:crypto";
import { resolveMentions } from "../protocol/addressing.ts";
import { type ControlCommand, parseControl } from "../protocol/control.ts";
import {
  encodeMessage,
  type Message,
  OUTSIDE,
  parseRawMessage,
  type RawMessage,
} from "../protocol/message.ts";
import { COORDINATOR, OPERATOR } from "../protocol/roles.ts";
import type { Redactor } from "../redact/redact.ts";
import { type Draft, HISTORY_LIMIT } from "./bus.ts";
import { type Channels, readAny } from "./channels.ts";
import type { RedisCommand } from "./look.ts";
import { ACTIVITY_CHANNEL, CHANNEL } from "./wire.ts";

export const HISTORY_KEY = "chat_history";

/** Whoever speaks there is believed. */
export const COMPAT: Channels = {
  speech: [CHANNEL],
  heeded: [CHANNEL],
  activities: [ACTIVITY_CHANNEL],
  of: () => CHANNEL,
  activityOf: () => ACTIVITY_CHANNEL,
  read: readAny,
};

/** What is said, for programs of the original; nothing here reads it. */
export function listCommands(message: Message): RedisCommand[] {
  return [
    ["RPUSH", HISTORY_KEY, encodeMessage(message)],
    ["LTRIM", HISTORY_KEY, -HISTORY_LIMIT, -1],
  ];
}

/** CLEAR keeps the list under the name of its session, and begins another. */
export function clearCommands(session: string): RedisCommand[] {
  return [
    ["COPY", HISTORY_KEY, `archive:${session}`],
    ["DEL", HISTORY_KEY],
  ];
}

/** What such a program means; its id is the same for everybody who hears it. */
export type RawIntent =
  | { kind: "command"; command: ControlCommand; id: string }
  | { kind: "message"; draft: Draft };

/** What the door lets through: the operator's words, in the original's format. */
export function isOperatorsRaw(payload: string): boolean {
  return parseRawMessage(payload)?.sender === OPERATOR;
}

export function readRaw(payload: string, nowMs: number, redactor: Redactor): RawIntent | undefined {
  const raw = parseRawMessage(payload);
  if (raw === undefined) return undefined;
  const { sender, content } = raw;
  if (sender !== OPERATOR) return undefined; // a role is who has its Redis user
  const id = rawMessageId(raw, nowMs);
  const command = parseControl(content);
  if (command) return { kind: "command", command, id };
  const mentioned = resolveMentions(sender, content).to;
  const to = mentioned.length === 0 ? [COORDINATOR] : mentioned;
  return { kind: "message", draft: { id, sender, to, content: redactor(content) } };
}

/**
 * The id of a message whose program gave it none: the same for everybody who hears it. Without a timestamp
 * two equal texts within ten seconds count as one.
 */
function rawMessageId(raw: RawMessage, nowMs: number): string {
  const when = raw.timestamp ?? Math.floor(nowMs / 10_000);
  const digest = createHash("sha256")
    .update(JSON.stringify([raw.sender, raw.content, when]))
    .digest("hex");
  return `${OUTSIDE}${digest.slice(0, 32)}.${raw.sender}`;
}
