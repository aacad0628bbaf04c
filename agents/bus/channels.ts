/**
 * Which pub/sub channels are spoken on and listened to. In strict mode each has one speaker, whom Redis lets publish
 * there alone; compat.ts has those of compat mode.
 */
import type { Config } from "../base/config.ts";
import { encodeCallReport, parseCallReport } from "../protocol/call-report.ts";
import { COORDINATOR, OPERATOR, SENDERS, type Sender } from "../protocol/roles.ts";
import type { Aside, LiveEvent } from "./bus.ts";
import type { MessageReader } from "./message-reader.ts";
import { isSaidBy } from "./redis-schema.ts";
import {
  ACTIVITY_CHANNEL,
  CHANNEL,
  encodeActivity,
  encodeAside,
  parseActivity,
  parseChannel,
  speakersChannel,
} from "./wire.ts";

/** `strict`: only who a Redis user is decides who speaks. `compat`: programs of the original take part, and are believed. */
export type BusMode = Config["BUS_MODE"];

export type Channels = {
  /** Where messages are heard, and all that is said beside them. */
  speech: readonly string[];
  /**
   * Where every role hears what it must heed at once: the operator, the coordinator's signals. The rest reaches it by its
   * inbox and by the history, and does not wake it.
   */
  heeded: readonly string[];
  /** Where it is heard what each role does: for the operator alone. */
  activities: readonly string[];
  /** Where `sender` publishes, and where its activity. */
  of(sender: Sender): string;
  activityOf(sender: Sender): string;
  /** What a payload means; undefined for noise, and for what is said in the name of another. */
  read(channel: string, payload: string, reader: MessageReader): LiveEvent | undefined;
};

export const STRICT: Channels = {
  speech: SENDERS.map((sender) => speakersChannel(CHANNEL, sender)),
  heeded: ([OPERATOR, COORDINATOR] as const).map((sender) => speakersChannel(CHANNEL, sender)),
  activities: SENDERS.map((sender) => speakersChannel(ACTIVITY_CHANNEL, sender)),
  of: (sender) => speakersChannel(CHANNEL, sender),
  activityOf: (sender) => speakersChannel(ACTIVITY_CHANNEL, sender),
  read(channel, payload, reader) {
    const [base = "", speaker] = channel.split(":");
    const event = readAny(base, payload, reader);
    return event && speaker === speakerOf(event) ? event : undefined;
  },
};

/** Channel and payload of what is shown. */
export function toPublication(channels: Channels, event: Aside): [channel: string, payload: string] {
  if (event.kind === "activity") return [channels.activityOf(event.role), encodeActivity(event)];
  if (event.kind === "call") return [channels.activityOf(event.role), encodeCallReport(event)];
  return [channels.of(event.kind === "thought" ? event.role : event.source), encodeAside(event)];
}

/** Whoever says it. */
export function readAny(channel: string, payload: string, reader: MessageReader): LiveEvent | undefined {
  if (channel !== ACTIVITY_CHANNEL) return parseChannel(payload, reader);
  return parseActivity(payload, reader) ?? parseCallReport(payload, reader.redactor);
}

/** In whose name it is said. */
function speakerOf(event: LiveEvent): string | undefined {
  switch (event.kind) {
    case "message":
      return isSaidBy(event.sender, event) ? event.sender : undefined;
    case "thought":
    case "activity":
    case "call":
      return event.role;
    case "notice":
      return event.source;
    case "control":
      return OPERATOR;
    case "connection":
    case "malformed":
      return undefined; // nobody says these
    default:
      return event satisfies never;
  }
}
