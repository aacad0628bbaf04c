/** One entry of the conversation as the operator reads it; live events become entries, and only here. */

import type { LiveEvent } from "../agents/bus/bus.ts";
import type { Fact, Message } from "../agents/protocol/message.ts";
import { OPERATOR, type Role } from "../agents/protocol/roles.ts";
import { ours, type Redacted, redacted, rewrite } from "../agents/redact/redacted.ts";
import { operatorPaths } from "./operator-paths.ts";
import { inert, inertLine } from "./terminal-safe.ts";

export type Style = "operator" | Role | "thought" | "looking" | "failure" | "console" | "problem";

/** `text` and `speaker` are inert; paths are those of the operator's checkout. */
export type Entry = {
  /** ISO 8601, UTC. */
  timestamp: string;
  speaker: Redacted;
  style: Style;
  text: Redacted;
  /** By which /output opens it. */
  number?: number;
  /** Ids and addresses, for the structured log. */
  facts: Readonly<Record<string, unknown>>;
};

/** Tool calls have an entry of their own: call-entry.ts. */
type Spoken = Exclude<LiveEvent, { kind: "call" }>;
type ControlEvent = Extract<LiveEvent, { kind: "control" }>;

/** What the console itself has to say. */
export function consoleEntry(text: Redacted, style: "console" | "problem" = "console"): Entry {
  const timestamp = new Date().toISOString();
  return { timestamp, speaker: redacted`console`, style, text: shown(text), facts: {} };
}

/** Undefined for what has no place in the conversation: activity, the connection, a repeated count. */
export function toEntry(event: Message): Entry;
export function toEntry(event: Spoken): Entry | undefined;
export function toEntry(event: Spoken): Entry | undefined {
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
  const { sender, to, content, signal, kind, id, session, epoch, fact } = message;
  const others = to.filter((role) => role !== sender);
  const address = others.length > 0 ? redacted` → ${ours(others.join(", "))}` : "";
  const ending = { done: " (done)", awaiting: " (awaits your answer)" } as const;
  return {
    timestamp: timeOf(message.timestamp),
    speaker: redacted`${fact ? "* " : ""}${sender}${address}${signal ? ending[signal] : ""}`,
    style: fact ? styleOfFact(fact.kind) : sender === OPERATOR ? "operator" : sender,
    text: sender === OPERATOR ? rewrite(content, inert) : shown(signal ? withoutSignal(content) : content),
    facts: {
      kind,
      id: inertLine(id),
      sender,
      to,
      session: inertLine(session),
      epoch,
      ...(signal && { signal }),
      ...(fact && { fact: fact.kind }),
    },
  };
}

/** What the runtime has recorded: what was cut off or goes in circles is a problem, what waits is not. */
function styleOfFact(kind: Fact["kind"]): Style {
  return kind === "ended" || kind === "talk" ? "problem" : "console";
}

/** The line that is the signal: what it says stands beside the speaker. */
function withoutSignal(content: Redacted): Redacted {
  return rewrite(content, (it) => it.replaceAll(/^[ \t]*\[(?:DONE|AWAITING_INPUT)\][ \t]*\n?/gm, ""));
}

function shown(text: Redacted): Redacted {
  return rewrite(text, (it) => operatorPaths(inert(it)));
}

function controlFacts({ command, control }: ControlEvent): Entry["facts"] {
  return { command, ...control, session: inertLine(control.session) };
}

function controlText({ command, control }: ControlEvent): Redacted {
  switch (command) {
    case "STOP":
      return redacted`The team is stopped. Your next message sets it going again.`;
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
