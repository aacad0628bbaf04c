/** What came of a mission, by what was recorded and shown: how it ended, and the four counts that must be 0. Pure. */
import type { Message } from "../../../agents/protocol/message.ts";
import { COORDINATOR, OPERATOR, type Role } from "../../../agents/protocol/roles.ts";
import { holdsMarkup } from "./markup.ts";

export type TurnSeen = {
  role: Role;
  from: string;
  /** Undefined: it has no outcome. */
  status: string | undefined;
  cause: string;
  modelCalls: number;
  /** How each tool call ended. */
  calls: string[];
};

/** `wasAtWork`, `isStopped`: when the mission ended, before it was tidied up. */
export type Evidence = {
  seconds: number;
  atLimit: boolean;
  wasAtWork: boolean;
  isStopped: boolean;
  messages: readonly Pick<Message, "sender" | "to" | "content" | "signal" | "fact">[];
  turns: readonly TurnSeen[];
  screen: string;
  /** Programs of the team that ended by themselves, as the launcher logged them. */
  crashes: readonly string[];
};

export const COUNTS = ["crashes", "turns_without_outcome", "idle_unnoticed", "markup_as_word"] as const;
export type Report = Record<
  (typeof COUNTS)[number] | "seconds" | "turns" | "model_calls" | "calls" | "refused",
  number
> & {
  ended: string;
  outcomes: string;
};

/** Of a product that ended by itself: what it left cannot be read. */
export const NOTHING_SEEN: Evidence = {
  ...{ seconds: 0, atLimit: false, wasAtWork: true, isStopped: false },
  ...{ messages: [], turns: [], screen: "", crashes: [] },
};

/** The line of the console's own; what others say is indented below their names. */
export const IDLE_NOTICE = /^\S+ console: Nobody is working/m;

export function judgeMission(evidence: Evidence): Report {
  const { turns, messages, crashes, seconds } = evidence;
  const calls = turns.flatMap((turn) => turn.calls);
  return {
    ended: endOf(evidence),
    seconds: Math.round(seconds),
    turns: turns.length,
    outcomes: turns.map(({ role, status = "none" }) => `${role} ${status}`).join(", "),
    model_calls: turns.reduce((sum, turn) => sum + turn.modelCalls, 0),
    calls: calls.length,
    refused: calls.filter((kind) => kind === "refused").length,
    crashes: crashes.length,
    turns_without_outcome: turns.filter(({ status }) => status === undefined).length,
    idle_unnoticed: isIdleUnnoticed(evidence) ? 1 : 0,
    markup_as_word: messages.filter(({ sender, content }) => sender !== OPERATOR && holdsMarkup(content))
      .length,
  };
}

function endOf(evidence: Evidence): string {
  const { crashes, isStopped, atLimit, turns, messages } = evidence;
  const signal = lastSignal(evidence);
  if (crashes.length > 0) return `crashed: ${crashes[0]}`;
  if (signal) return signal === "done" ? "done" : "waits for the operator";
  if (isStopped) return "stopped by the operator";
  if (atLimit) return "stopped at the limit";
  const lost = turns.find(({ status }) => status === "failed" || status === "dead");
  if (lost) return `model error: ${lost.cause}`;
  if (messages.some(({ fact }) => fact?.kind === "talk")) return "brake";
  const { status } = turns.at(-1) ?? {};
  if (status === "blocked" || status === "exhausted") return status;
  const last = messages.findLast(({ fact, sender }) => !fact && sender !== OPERATOR);
  return last?.to.length === 0 ? "answered" : "idle";
}

function lastSignal({ messages }: Evidence): Message["signal"] {
  return messages.findLast(({ sender, signal }) => sender === OPERATOR || (sender === COORDINATOR && signal))
    ?.signal;
}

function isIdleUnnoticed(evidence: Evidence): boolean {
  const isKnown = evidence.wasAtWork || evidence.isStopped || lastSignal(evidence) !== undefined;
  return !isKnown && !IDLE_NOTICE.test(evidence.screen);
}
