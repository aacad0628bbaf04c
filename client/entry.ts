/** One entry of the conversation as the operator reads it; live events become entries, and only here. */

import type { LiveEvent } from "../agents/bus/bus.ts";
import type { Message } from "../agents/protocol/message.ts";
import { OPERATOR, type Role } from "../agents/protocol/roles.ts";
import { ours, type Redacted, redacted, rewrite } from "../agents/redact/redacted.ts";
import { inert, inertLine } from "./terminal-safe.ts";

export type Style = "operator" | Role | "thought" | "console" | "problem";

/** `text` and `speaker` are inert. */
export type Entry = {
  /** ISO 8601, UTC. */
  timestamp: string;
  speaker: Redacted;
  style: Style;
  text: Redacted;
  /** Ids and addresses, for the structured log. */
  facts: Readonly<Record<string, unknown>>;
};

type ControlEvent = Extract<LiveEvent, { kind: "control" }>;

/** What the console itself has to say. */
export function consoleEntry(text: Redacted, style: "console" | "problem" = "console"): Entry {
  const timestamp = new Date().toISOString();
  return { timestamp, speaker: redacted`console`, style, text: shown(text), facts: {} };
}

/** Undefined for what has no place in the conversation: activity, the connection, a repeated count. */
export function toEntry(event: LiveEvent): Entry | undefined {
  switch (event.kind) {
    case "message":
      return messageEntry(event);
    case "thought":
      return {
        ...{ timestamp: timeOf(event.timestamp), speaker: redacted`${event.role} thinks`, style: "thought" },
        ...{ text: shown(event.content), facts: { kind: event.kind } },
      };
    case "notice":
      return {
        ...{ timestamp: timeOf(event.timestamp), speaker: redacted`! ${event.source}`, style: "problem" },
        ...{ text: shown(event.content), facts: { kind: event.kind } },
      };
    case "control":
      return { ...consoleEntry(controlText(event)), facts: controlFacts(event) };
    case "malformed":
      return isRound(event.count) ? consoleEntry(malformedText(event.count), "problem") : undefined;
    case "activity":
    case "connection":
      return undefined;
    default:
      return event satisfies never;
  }
}

function messageEntry(message: Message): Entry {
  const { sender, to, content, signal, kind, id, session, epoch } = message;
  const others = to.filter((role) => role !== sender);
  const address = others.length > 0 ? redacted` → ${ours(others.join(", "))}` : "";
  const ending = { done: " (done)", awaiting: " (awaits your answer)" } as const;
  return {
    timestamp: timeOf(message.timestamp),
    speaker: redacted`${sender}${address}${signal ? ending[signal] : ""}`,
    style: sender === OPERATOR ? "operator" : sender,
    text: shown(content),
    facts: {
      kind,
      id: inertLine(id),
      sender,
      to,
      session: inertLine(session),
      epoch,
      ...(signal && { signal }),
    },
  };
}

function shown(text: Redacted): Redacted {
  return rewrite(text, inert);
}

function controlFacts({ command, control }: ControlEvent): Entry["facts"] {
  return { command, ...control, session: inertLine(control.session) };
}

function controlText({ command, control }: ControlEvent): Redacted {
  switch (command) {
    case "STOP":
      return redacted`The team is stopped (epoch ${control.epoch}). Your next message sets it going again.`;
    case "CLEAR":
      return redacted`New session ${ours(inertLine(control.session))} with an empty history; the team is stopped until you speak.`;
    default:
      return command satisfies never;
  }
}

function malformedText(count: number): Redacted {
  const many = count === 1 ? "1 unreadable record" : redacted`${count} unreadable records`;
  return redacted`${many} in the channel so far; they are ignored.`;
}

/** 1, 10, 100: a flood is not answered with a flood. */
function isRound(count: number): boolean {
  return /^10*$/.test(String(count));
}

/** The sender's clock if it can be read, else ours. */
function timeOf(timestamp: string): string {
  const time = new Date(timestamp);
  return (Number.isNaN(time.getTime()) ? new Date() : time).toISOString();
}
