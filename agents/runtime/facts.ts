/**
 * What the runtime records about turns in the words of everybody: which turn was cut off, in which call, with which
 * outcome; which message waits for a busy role. Made of the journal, never of what a model says.
 */
import type { Draft, TurnStatus } from "../bus/bus.ts";
import { type Message, newMessageId, parseJson } from "../protocol/message.ts";
import type { Role } from "../protocol/roles.ts";
import type { Redactor } from "../redact/redact.ts";
import { joinRedacted, ours, type Redacted, redacted, rewrite, sliceRedacted } from "../redact/redacted.ts";

import type { Circle } from "./talk-brake.ts";

type CallInShort = { id: string; tool: string; target: string; kind: string };

/** Calls of a turn that are named, the last ones. */
const MAX_CALLS = 12;
/** Outcomes that leave open what is there now. */
const UNSURE = ["timeout", "cancelled", "unknown"];

export type EndedTurn = {
  role: Role;
  message: Message;
  /** The journal. */
  entries: ReadonlyMap<string, string>;
  redactor: Redactor;
};

/** For a turn that was cut off. */
export function cutFact(turn: EndedTurn, status: TurnStatus, cause: Redacted): Draft {
  const calls = callsOf(turn.entries);
  const unsure = calls.filter(isUnsure);
  const cutIn =
    unsure.length > 0 ? redacted` In the midst of ${list(turn, unsure)}: look at the state.` : redacted``;
  const before = calls.filter((call) => !isUnsure(call)).slice(-MAX_CALLS);
  const done = before.length > 0 ? redacted` Before that: ${list(turn, before)}.` : redacted``;
  return factOf(turn, redacted`${opening(turn)} ended: ${status}, ${cause}.${cutIn}${done}`);
}

/** For a turn that came to its end, when the end of one of its calls is not sure. */
export function unsureFact(turn: EndedTurn): Draft | undefined {
  const unsure = callsOf(turn.entries).filter(isUnsure);
  if (unsure.length === 0) return undefined;
  return factOf(turn, redacted`${opening(turn)} had calls whose end is not sure: ${list(turn, unsure)}.`);
}

export type Waiting = { role: Role; waiting: Message; atWork: Message; since: Date };

/** For whoever spoke to a busy role. Said once, however often it is sent. */
export function waitsFact({ role, waiting, atWork, since }: Waiting): Draft {
  const about = sliceRedacted(oneLine(atWork.content), 0, 80);
  const content = redacted`The message of ${waiting.sender} of ${time(waiting.timestamp)} waits: since ${time(since.toISOString())} I work on what ${atWork.sender} said at ${time(atWork.timestamp)} ("${about}").`;
  const [name = ""] = waiting.id.split(".");
  const id = `waits-${name.slice(0, 58)}.${role}`;
  return { id, sender: role, to: [], content, fact: { kind: "waits", about: waiting.id } };
}

/** For both, and the operator: why this was not delivered. */
export function circleFact(role: Role, circle: Circle): Draft {
  const content = redacted`Not delivered to ${circle.with}: ${circle.why}. The talk between us ends here, until the operator says how to go on.`;
  return { id: newMessageId(role), sender: role, to: [], content, fact: { kind: "talk" } };
}

/** Of facts about waiting each role sees its own, as long as it has heard nothing newer of the busy one. */
export function isShownTo(role: Role, message: Message, history: readonly Message[]): boolean {
  const { fact, sender } = message;
  if (fact?.kind !== "waits") return true;
  if (!fact.about?.endsWith(`.${role}`)) return false;
  const isLater = (other: Message) => other.sender === sender && other.fact?.kind !== "waits";
  return !history.slice(history.indexOf(message) + 1).some(isLater);
}

/** Intended calls in their order, with what became of them. */
function callsOf(entries: ReadonlyMap<string, string>): CallInShort[] {
  return [...entries]
    .filter(([key]) => key.startsWith("intent:"))
    .map(([key, json]) => {
      const id = key.replace("intent:", "");
      const { tool = "", target = "" } = record(json);
      const { kind = "unknown" } = record(entries.get(`outcome:${id}`) ?? "{}");
      return { id, tool: String(tool), target: String(target), kind: String(kind) };
    })
    .sort((a, b) => order(a.id) - order(b.id));
}

function record(json: string): Record<string, unknown> {
  return (parseJson(json) ?? {}) as Record<string, unknown>;
}

function order(id: string): number {
  const [step = 0, call = 0] = id.split(".").map(Number);
  return step * 1_000 + call;
}

function isUnsure({ kind }: CallInShort): boolean {
  return UNSURE.includes(kind);
}

/** The journal may have been written before a secret was known. */
function list({ redactor }: EndedTurn, calls: readonly CallInShort[]): Redacted {
  return joinRedacted(
    calls.slice(-MAX_CALLS).map(({ tool, target, kind }) => {
      const where = target && target !== tool ? ` ${target.slice(0, 60)}` : "";
      return oneLine(redactor(`${tool}${where} [${kind}]`));
    }),
    ", ",
  );
}

function opening({ message }: EndedTurn): Redacted {
  return redacted`My turn about the message of ${message.sender} of ${time(message.timestamp)}`;
}

function factOf({ role, message }: EndedTurn, content: Redacted): Draft {
  return {
    id: newMessageId(role),
    sender: role,
    to: [],
    content,
    fact: { kind: "ended", about: message.id },
  };
}

/** `20:15:03`, UTC as all times that models read. */
function time(timestamp: string): Redacted {
  return ours(timestamp.slice(11, 19));
}

function oneLine(text: Redacted): Redacted {
  return rewrite(text, (it) => it.replace(/\s+/g, " ").trim());
}
