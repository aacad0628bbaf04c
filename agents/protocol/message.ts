/**
 * What is said in the channel, as a closed set of shapes. Compatible with the original's
 * `{sender, content, timestamp}`: every message carries those three, and a message that has nothing
 * else is understood. Parsing never throws: what it cannot read is undefined, and the reader counts it.
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Redactor } from "../redact/redact.ts";
import type { Redacted } from "../redact/redacted.ts";
import { isSender, ROLES, type Role, SENDERS, type Sender } from "./roles.ts";

/** Longest content that is taken in, in characters. */
export const MAX_CONTENT_CHARS = 300_000;
/** Longest JSON that is looked at: a message of that length with every character escaped, and what is around it. */
const MAX_JSON_CHARS = 6 * MAX_CONTENT_CHARS + 10_000;

/** What Architect_Zero's final message asks of the team: pause until the operator speaks again. */
export type Signal = "done" | "awaiting";

/**
 * What the runtime itself records about the team's work, for all to read: STOP and CLEAR of the operator, a turn that was
 * cut off or a call without a sure end, a message that waits for a busy role, talk that went in circles. Shown and
 * remembered; it starts no turn, but for a change that waits for a verdict: its message is for the reviewer.
 */
export const FACTS = ["STOP", "CLEAR", "ended", "waits", "talk", "change"] as const;
/** `about`: the id of the message that it concerns. */
export type Fact = { kind: (typeof FACTS)[number]; about?: string | undefined };

/** Something said, stored and routed. `to` was resolved once, by the sender. */
export type Message = {
  kind: "message";
  /** Made by the sender, with its name at the end; the same id twice is the same message. */
  id: string;
  sender: Sender;
  to: Role[];
  content: Redacted;
  /** ISO 8601, UTC. */
  timestamp: string;
  session: string;
  /** The run under which it was said; STOP and CLEAR begin a new one. */
  epoch: number;
  signal?: Signal;
  /** Set when no model and no person has said it, but the runtime. */
  fact?: Fact;
  /** Calls in the turn before it that changed or showed something new, by the sender's runtime. */
  work?: number;
};

/** What a role thinks: shown and logged, never stored, never routed. It has no `to`. */
export type Thought = { kind: "thought"; role: Role; content: Redacted; timestamp: string };

/** What the runtime tells the operator: an error, a refusal, an escalation. Never a prompt for a role. */
export type Notice = { kind: "notice"; source: Sender; content: Redacted; timestamp: string };

/** What a role is doing right now, for the status line. Best effort. */
export type Activity = {
  kind: "activity";
  role: Role;
  state: "idle" | "thinking" | "tool" | "waiting" | "unready";
  /** Tool, target and command while `state` is "tool", else a short word. */
  detail: Redacted;
  /** Model calls so far in this turn; 0 outside a turn. */
  step: number;
  queued: number;
  /** Milliseconds since the epoch at which this state began. */
  since: number;
  /** And at which the model is asked again, while `state` is "waiting"; without it the operator is waited for. */
  until?: number;
  /** Every few seconds: for whoever has just come. */
  about?: About;
};

/** What a role works with: its model, and what the operator has to know of the team. */
export type About = { model: Redacted; notice: Redacted };

/** Digits and the signs between them: what is shown of it is no text of anybody. */
export const timestampShape = z.string().regex(/^[\dTZ:.+-]{0,40}$/);

/** Earlier first. Not by localeCompare, which loads the tables of all languages at its first use. */
export function compareTimes(a: { timestamp: string }, b: { timestamp: string }): number {
  if (a.timestamp === b.timestamp) return 0;
  return a.timestamp < b.timestamp ? -1 : 1; // ISO 8601
}

/**
 * The id of a message, wherever one comes in: letters, digits, `-` and `_`, then a dot and the sender's name. It is
 * part of keys in Redis and of what people type; processes and paths are never named after it (host/commands/call-id.ts).
 */
export const messageIdShape = z
  .string()
  .regex(/^[\w-]{1,64}\.\w{1,32}$/)
  .refine((id) => isSender(id.slice(id.indexOf(".") + 1)));

/** As sessions are named here, or were by an older program: part of a key. */
export const sessionShape = z.string().regex(/^[\w-]{1,64}$/);

/** As it is stored. */
export const messageShape = z.object({
  id: messageIdShape,
  sender: z.enum(SENDERS),
  to: z.array(z.enum(ROLES)),
  content: z.string().max(MAX_CONTENT_CHARS),
  timestamp: timestampShape,
  session: sessionShape,
  epoch: z.number().int().nonnegative(),
  signal: z.enum(["done", "awaiting"]).optional(),
  fact: z.strictObject({ kind: z.enum(FACTS), about: messageIdShape.optional() }).optional(),
  work: z.number().int().nonnegative().max(100_000).optional(),
});

/** What a program that knows only the original's format publishes. */
const rawShape = z.object({
  sender: z.enum(SENDERS),
  content: z.string().min(1).max(MAX_CONTENT_CHARS),
  timestamp: z.union([z.string(), z.number()]).optional(),
});
export type RawMessage = z.infer<typeof rawShape>;

/** What others say enters here: redacted with what this process knows, whatever the sender knew. */
export function parseMessage(json: string, redactor: Redactor): Message | undefined {
  const parsed = messageShape.safeParse(parseWire(json));
  return parsed.success
    ? { kind: "message", ...parsed.data, content: redactor(parsed.data.content) }
    : undefined;
}

/** A message without an id, as the original's programs publish it; undefined for ours and for noise. */
export function parseRawMessage(json: string): RawMessage | undefined {
  const value = parseWire(json);
  if (typeof value !== "object" || value === null || "id" in value) return undefined;
  const parsed = rawShape.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** The wire form: the three fields of the original first, then ours. */
export function encodeMessage(message: Message): string {
  const { kind: _, sender, content, timestamp, ...rest } = message;
  return JSON.stringify({ sender, content, timestamp, ...rest });
}

/** How the id of a message begins that a program of the original has published, without a password. */
export const OUTSIDE = "raw-";

/** Whether it came in by the door of BUS_MODE=compat: words to work on, and no authority for anything. */
export function isFromOutside({ id }: Pick<Message, "id">): boolean {
  return id.startsWith(OUTSIDE);
}

/** Made here, and not sent yet. */
const unsent = new Set<string>();
const MAX_UNSENT = 1_000;

/** It ends with the sender's name: nobody can give a message of theirs the id of another's. */
export function newMessageId(sender: Sender): string {
  const id = `${randomUUID()}.${sender}`;
  unsent.add(id);
  for (const oldest of unsent) {
    if (unsent.size <= MAX_UNSENT) break;
    unsent.delete(oldest);
  }
  return id;
}

/** True at most once for an id, which this process has made a while ago at most: whoever asks is about to send it. */
export function isFirstSending(id: string): boolean {
  return unsent.delete(id);
}

export function isIdOf(sender: Sender, id: string): boolean {
  return messageIdShape.safeParse(id).success && id.endsWith(`.${sender}`);
}

/** What came over the bus; undefined for what is longer than any message of ours. */
export function parseWire(json: string): unknown {
  return json.length > MAX_JSON_CHARS ? undefined : parseJson(json);
}

export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // not JSON: the schema that reads this refuses undefined
  }
}
