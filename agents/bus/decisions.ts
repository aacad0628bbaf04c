/** What a send or a command writes, from what Redis holds: pure, so that the transaction may decide again. */
import { AppError } from "../base/errors.ts";
import type { ControlCommand, ControlState } from "../protocol/control.ts";
import type { Message } from "../protocol/message.ts";
import { OPERATOR } from "../protocol/roles.ts";
import { type Redacted, redacted } from "../redact/redacted.ts";
import type { Draft } from "./bus.ts";
import type { Decision, RedisCommand } from "./look.ts";
import type { MessageReader } from "./message-reader.ts";
import {
  afterCommand,
  firstControl,
  parseControlState,
  SENT_SECONDS,
  sentKey,
  toMessage,
  writeControl,
} from "./redis-schema.ts";
import { encodeControl } from "./wire.ts";

/** The commands by which a message is said. */
export type Say = (message: Message) => RedisCommand[];

/**
 * `now` is the time of Redis. Only the operator's message writes control: it begins the first session, and sets a stopped team running.
 */
export function decideSend(
  draft: Draft,
  { control: controlReply, sent }: { control: unknown; sent: unknown },
  options: { say: Say; now?: Date; reader: MessageReader; mission: Say },
): Decision<Message> {
  const stored = typeof sent === "string" ? options.reader.read(sent) : undefined;
  if (stored) return { result: stored };
  const before = parseControlState(controlReply);
  const isOperator = draft.sender === OPERATOR;
  if (before === undefined && !isOperator) throw noSession();
  if (before?.state === "stopped" && !isOperator) {
    throw new AppError("stale", "the operator stopped the team; nothing is said until the operator speaks");
  }
  const control: ControlState = { ...(before ?? firstControl()), state: "running" };
  const message = toMessage(draft, control, options.now ?? new Date());
  const write = [...options.say(message), ...(isOperator ? options.mission(message) : [])];
  if (before?.state !== "running") write.unshift(writeControl(control));
  return { result: message, write };
}

/** For whoever must not begin one: it is waited for. */
export function noSession(): AppError {
  return new AppError("unavailable", "the operator has not begun a session yet");
}

/** For what belongs to a run that STOP or CLEAR has ended. */
export function runPassed(): AppError {
  return new AppError("stale", "the operator stopped this run");
}

/** The first session of all, unless somebody has begun it meanwhile. */
export function decideFirst(controlReply: unknown): Decision<ControlState> {
  const existing = parseControlState(controlReply);
  if (existing) return { result: existing };
  const first = firstControl();
  return { result: first, write: [writeControl(first)] };
}

/** `atClear` is written when CLEAR ends a session; `say` says a message without publishing it. */
export type Order = {
  command: ControlCommand;
  id: string;
  channel: string;
  say: Say;
  atClear: (session: string) => RedisCommand[];
};

/** STOP and CLEAR, once for each `id`; what was commanded stands in the history, for every role. */
export function decideCommand(
  { command, id, channel, say, atClear }: Order,
  { control: controlReply, sent, now }: { control: unknown; sent: unknown; now: Date },
): Decision<ControlState> {
  const before = parseControlState(controlReply) ?? firstControl();
  if (sent) return { result: before };
  const control = afterCommand(before, command);
  const fact = toMessage(commandFact(command, id), control, now);
  const write: RedisCommand[] = [
    writeControl(control),
    ["SET", sentKey(OPERATOR, id), command, "EX", SENT_SECONDS],
    ...(command === "CLEAR" ? atClear(before.session) : []),
    ...say(fact),
    ["PUBLISH", channel, encodeControl(command, control, id)],
  ];
  return { result: control, write };
}

/** Its id is made of the command's: done once, said once. */
export function commandFact(command: ControlCommand, id: string): Draft {
  const [name = ""] = id.split(".");
  return {
    id: `said-${name.slice(0, 59)}.${OPERATOR}`,
    sender: OPERATOR,
    to: [],
    content: COMMANDED[command],
    fact: { kind: command },
  };
}

const COMMANDED: Readonly<Record<ControlCommand, Redacted>> = {
  STOP: redacted`STOP: what was at work or waiting is over. Nothing of it goes on by itself.`,
  CLEAR: redacted`CLEAR: a new session. What was at work or waiting is over, and its documents are put away.`,
};
