/** The names and the shapes of what is kept in Redis. Pure. */

import { randomUUID } from "node:crypto";
import { AppError } from "../base/errors.ts";
import type { ControlCommand, ControlState } from "../protocol/control.ts";
import { encodeMessage, isIdOf, MAX_CONTENT_CHARS, type Message } from "../protocol/message.ts";
import type { Role, Sender } from "../protocol/roles.ts";
import type { Redacted } from "../redact/redacted.ts";
import type { Draft } from "./bus.ts";
import type { RedisCommand } from "./look.ts";
import { RECORDS_FORMAT } from "./redis-conf.ts";

export const CONTROL_KEY = "control";
/** How long a repeated send of the same message is recognised. */
export const SENT_SECONDS = 86_400;
/** How long transcripts, journals and dead letters are kept unless told; what waits in an inbox is never let go. */
export const KEEP_MS = 30 * 86_400_000;
/** Of a role; each is a message that was given up, for the operator. */
const MAX_DEAD_LETTERS = 500;

export const transcriptKey = (sender: Sender) => `transcript:${sender}`;
/** What `sender` has for `role`: written by the one, read and taken away by the other. */
export const inboxKey = (role: Role, sender: Sender) => `inbox:${role}:${sender}`;
export const turnKey = (role: Role, messageId: string) => `turn:${role}:${messageId}`;
/** Which turns a role's thread is made of. */
export const threadKey = (role: Role) => `thread:${role}`;
export const leaseKey = (role: Role) => `lease:${role}`;
export const sentKey = (sender: Sender, messageId: string) => `sent:${sender}:${messageId}`;
/** By which a role's model calls are admitted; the operator's has what he added to the budgets. */
export const admissionKey = (sender: Sender) => `admission:${sender}`;
/** What the operator has set of his dials. */
export const DIALS_KEY = "dials";
/** A grantor's word on one change. */
export const grantKey = (grantor: Sender, change: string) => `grant:${grantor}:${change}`;
/** By ids of grants, the calls of a role that have spent them. */
export const spentKey = (role: Role, session: string) => `spent:${role}:${session}`;
/** By digest, the changes that a role has posted; and the whole text of one. */
export const changesKey = (role: Role, session: string) => `changes:${role}:${session}`;
export const changeTextKey = (role: Role, digest: string) => `change:${role}:${digest}`;
/** The guests that the operator has named. */
export const GUESTS_KEY = "guests";
export const deadKey = (role: Role) => `dead:${role}`;

export const READ_CONTROL: RedisCommand = ["HMGET", CONTROL_KEY, "session", "epoch", "state", "format"];

/**
 * From the reply to READ_CONTROL; undefined before the first start. AppError `bad_config` for records of another format:
 * nothing of them is resumed, and nothing is written among them.
 */
export function parseControlState(reply: unknown): ControlState | undefined {
  const [session, epoch, state, format] = reply as (string | null)[];
  if (!session || !epoch) return undefined;
  if (format !== String(RECORDS_FORMAT)) throw otherFormat(format ?? "1");
  return { session, epoch: Number(epoch), state: state === "stopped" ? "stopped" : "running" };
}

function otherFormat(format: string | undefined): AppError {
  return new AppError(
    "bad_config",
    `Redis holds records of format ${format}, which another version left; this one reads and writes format ${RECORDS_FORMAT}. Let it have an empty Redis (or another database of it, REDIS_URL=redis://host/1), or run the version that wrote them`,
  );
}

export function writeControl(control: ControlState): RedisCommand {
  const { session, epoch, state } = control;
  const fields = ["session", session, "epoch", epoch, "state", state, "format", RECORDS_FORMAT];
  return ["HSET", CONTROL_KEY, ...fields];
}

export const READ_TIME: RedisCommand = ["TIME"];

/** From the reply to READ_TIME: every sender's messages are dated by one clock. */
export function parseTime(reply: unknown): Date {
  const [seconds, microseconds] = reply as [string, string];
  return new Date(Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000));
}

/** AppError `bad_arguments` for what no reader would take in. */
export function toMessage(draft: Draft, control: ControlState, now: Date): Message {
  if (draft.content.length > MAX_CONTENT_CHARS) {
    throw new AppError("bad_arguments", `a message has at most ${MAX_CONTENT_CHARS} characters`);
  }
  if (!isIdOf(draft.sender, draft.id)) {
    throw new AppError("bad_arguments", `the id of a message ends with its sender: ${draft.id}`);
  }
  const { session, epoch } = control;
  return { kind: "message", ...draft, timestamp: now.toISOString(), session, epoch };
}

/** What a stream of `sender` holds, read by `read`: its message, or undefined for noise and for what is said in another's name. */
export function saidBy(
  sender: Sender,
  json: string | undefined,
  read: (json: string) => Message | undefined,
): Message | undefined {
  const message = read(json ?? "");
  return message && isSaidBy(sender, message) ? message : undefined;
}

export function isSaidBy(sender: Sender, message: Message): boolean {
  return message.sender === sender && isIdOf(sender, message.id);
}

/**
 * The one transaction of a send: durable, delivered, remembered, and only then seen. Without a channel it is not
 * published.
 */
export function sayCommands(
  message: Message,
  channel: string | undefined,
  keepMs: number = KEEP_MS,
): RedisCommand[] {
  const { sender, to, id } = message;
  const json = encodeMessage(message);
  const inboxes = [...new Set(to.map((role) => inboxKey(role, sender)))];
  const keptFromMs = Math.floor(Date.parse(message.timestamp) - keepMs);
  return [
    ["XADD", transcriptKey(sender), "MINID", keptFromMs, "*", "message", json],
    ...inboxes.map((inbox): RedisCommand => ["XADD", inbox, "*", "message", json]),
    ["SET", sentKey(sender, id), json, "EX", SENT_SECONDS],
    ...(channel === undefined ? [] : ([["PUBLISH", channel, json]] as const)),
  ];
}

/** Stream ids are `<ms>-<n>` of one clock, that of Redis. */
export function compareEntryIds(a: string, b: string): number {
  const [aMs = 0, aN = 0] = a.split("-").map(Number);
  const [bMs = 0, bN = 0] = b.split("-").map(Number);
  return aMs - bMs || aN - bN;
}

/** The form in which a message is given up. */
export function buryCommands(role: Role, message: Message, cause: Redacted): RedisCommand[] {
  const letter = { cause, timestamp: new Date().toISOString(), message: encodeMessage(message) };
  return [
    ["RPUSH", deadKey(role), JSON.stringify(letter)],
    ["LTRIM", deadKey(role), -MAX_DEAD_LETTERS, -1],
  ];
}

export function firstControl(): ControlState {
  return { session: newSession(), epoch: 1, state: "running" };
}

export function afterCommand(before: ControlState, command: ControlCommand): ControlState {
  const session = command === "CLEAR" ? newSession() : before.session;
  return { session, epoch: before.epoch + 1, state: "stopped" };
}

/** Sorts by time and is good to read: `20261122-201500-3fa2c1`. */
function newSession(): string {
  const time = new Date().toISOString().replaceAll(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return `${time}-${randomUUID().slice(0, 6)}`;
}
