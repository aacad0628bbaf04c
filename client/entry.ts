/** One entry of the conversation as the operator reads it; live events become entries, and only here. */

import type { LiveEvent } from "../agents/bus/bus.ts";
import type { Message } from "../agents/protocol/message.ts";
import { OPERATOR, type Role } from "../agents/protocol/roles.ts";
import type { Redactor } from "../agents/redact/redact.ts";
import { inert, inertLine } from "./terminal-safe.ts";

export type Style = "operator" | Role | "thought" | "console" | "problem";

/** `text` and `speaker` are inert and hold no known secret. */
export type Entry = {
  /** ISO 8601, UTC. */
  timestamp: string;
  speaker: string;
  style: Style;
  text: string;
  /** Ids and addresses, for the structured log. */
  facts: Readonly<Record<string, unknown>>;
};

type ControlEvent = Extract<LiveEvent, { kind: "control" }>;

/** What the console itself has to say. */
export function consoleEntry(text: string, style: "console" | "problem" = "console"): Entry {
  return { timestamp: new Date().toISOString(), speaker: "console", style, text: inert(text), facts: {} };
}

/** Undefined for what has no place in the conversation: activity, the connection, a repeated count. */
export function toEntry(event: LiveEvent, redact: Redactor): Entry | undefined {
  switch (event.kind) {
    case "message":
      return messageEntry(event, redact);
    case "thought":
      return {
        ...{ timestamp: timeOf(event.timestamp), speaker: `${event.role} thinks`, style: "thought" },
        ...{ text: inert(redact(event.content)), facts: { kind: event.kind } },
      };
    case "notice":
      return {
        ...{ timestamp: timeOf(event.timestamp), speaker: `! ${event.source}`, style: "problem" },
        ...{ text: inert(redact(event.content)), facts: { kind: event.kind } },
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

function messageEntry(message: Message, redact: Redactor): Entry {
  const { sender, to, content, signal, kind, id, session, epoch } = message;
  const others = to.filter((role) => role !== sender);
  const address = others.length > 0 ? ` → ${others.join(", ")}` : "";
  const ending = { done: " (done)", awaiting: " (awaits your answer)" };
  return {
    timestamp: timeOf(message.timestamp),
    speaker: `${sender}${address}${signal ? ending[signal] : ""}`,
    style: sender === OPERATOR ? "operator" : sender,
    text: inert(redact(content)),
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

function controlFacts({ command, control }: ControlEvent): Entry["facts"] {
  return { command, ...control, session: inertLine(control.session) };
}

function controlText({ command, control }: ControlEvent): string {
  switch (command) {
    case "STOP":
      return `The team is stopped (epoch ${control.epoch}). Your next message sets it going again.`;
    case "CLEAR":
      return `New session ${inertLine(control.session)} with an empty history; the team is stopped until you speak.`;
    default:
      return command satisfies never;
  }
}

function malformedText(count: number): string {
  const many = count === 1 ? "1 unreadable record" : `${count} unreadable records`;
  return `${many} in the channel so far; they are ignored.`;
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
