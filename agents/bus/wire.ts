/** The published form of what is seen live, on `agent_channel` and `agent_activity`; reading never throws. */
import { z } from "zod";
import type { ControlCommand, ControlState } from "../protocol/control.ts";
import {
  type Activity,
  MAX_CONTENT_CHARS,
  type Notice,
  parseWire,
  sessionShape,
  type Thought,
  timestampShape,
} from "../protocol/message.ts";
import { OPERATOR, ROLES, SENDERS, type Sender } from "../protocol/roles.ts";
import type { Redactor } from "../redact/redact.ts";
import type { LiveEvent } from "./bus.ts";
import type { MessageReader } from "./message-reader.ts";

/** Messages, thoughts, notices and control words, each with the original's `sender, content, timestamp`. */
export const CHANNEL = "agent_channel";
export const ACTIVITY_CHANNEL = "agent_activity";
/** In strict mode: what is heard there is said by that sender. */
export const speakersChannel = (channel: string, sender: Sender) => `${channel}:${sender}`;

const THINK = "::think";
const NOTICE = "::notice";

const controlShape = z.object({
  control: z.enum(["STOP", "CLEAR"]),
  session: sessionShape,
  epoch: z.number().int(),
  state: z.enum(["running", "stopped"]),
});
const asideShape = z.object({
  id: z.undefined().optional(),
  sender: z.string(),
  content: z.string().max(MAX_CONTENT_CHARS),
  timestamp: timestampShape.catch(() => new Date().toISOString()),
});
const activityShape = z.object({
  role: z.enum(ROLES),
  state: z.enum(["idle", "thinking", "tool", "waiting", "unready"]),
  detail: z.string().max(200),
  step: z.number(),
  queued: z.number(),
  since: z.number(),
  until: z.number().optional(),
  about: z.object({ model: z.string().max(300), notice: z.string().max(2_000) }).optional(),
});

/** A message, thought, notice or control word; undefined for what the original's programs publish, and noise. */
export function parseChannel(json: string, reader: MessageReader): LiveEvent | undefined {
  const message = reader.read(json);
  if (message) return message;
  const value = parseWire(json);
  const control = controlShape.safeParse(value);
  if (control.success) {
    const { control: command, ...state } = control.data;
    return { kind: "control", command, control: state };
  }
  const aside = asideShape.safeParse(value);
  return aside.success ? parseAside(aside.data, reader.redactor) : undefined;
}

function parseAside(
  { sender, timestamp, ...aside }: z.infer<typeof asideShape>,
  redactor: Redactor,
): LiveEvent | undefined {
  const content = redactor(aside.content);
  const role = ROLES.find((name) => sender === name + THINK);
  if (role) return { kind: "thought", role, content, timestamp };
  const source = SENDERS.find((name) => sender === name + NOTICE);
  return source && { kind: "notice", source, content, timestamp };
}

export function encodeAside(event: Thought | Notice): string {
  const sender = event.kind === "thought" ? event.role + THINK : event.source + NOTICE;
  return JSON.stringify({ sender, content: event.content, timestamp: event.timestamp });
}

export function encodeControl(command: ControlCommand, control: ControlState, id: string): string {
  const timestamp = new Date().toISOString();
  return JSON.stringify({ sender: OPERATOR, content: command, timestamp, id, control: command, ...control });
}

export function parseActivity(json: string, { redactor }: MessageReader): Activity | undefined {
  const parsed = activityShape.safeParse(parseWire(json));
  if (!parsed.success) return undefined;
  const { detail, until, about, ...rest } = parsed.data;
  return {
    ...{ kind: "activity", ...rest, detail: redactor(detail) },
    ...(until !== undefined && { until }),
    ...(about && { about: { model: redactor(about.model), notice: redactor(about.notice) } }),
  };
}

export function encodeActivity(activity: Activity): string {
  const { kind: _, ...rest } = activity;
  return JSON.stringify(rest);
}
