/**
 * The text that ends a turn: checked before it is sent. What cannot be sent as it is goes back to the model
 * with a correction, a few times; it is never guessed at.
 */
import { explainUnknown, resolveMentions } from "../protocol/addressing.ts";
import type { Message, Signal } from "../protocol/message.ts";
import { COORDINATOR, OPERATOR, ROLES, type Role } from "../protocol/roles.ts";
import { parseSignal } from "../protocol/signal.ts";
import { fromRedactedParts, ours, type Redacted, redacted } from "../redact/redacted.ts";
import { isEchoedInput, isEchoedResult, isEchoedTalk } from "./echoed-input.ts";
import { fenced } from "./escalation.ts";
import type { TurnEnd } from "./events.ts";
import type { ModelMessage, ModelReply } from "./model.ts";

const MAX_CORRECTIONS = 2;

export type FinalReply = { kind: "final"; end: TurnEnd } | { kind: "correct"; correction: Redacted };

/** What was said so far: by others, to the model, and by it in vain. */
type Said = {
  asked: readonly Message[];
  corrections: number;
  thread: readonly ModelMessage[];
  /** It has recorded a verdict in this turn. */
  hasJudged?: boolean;
};

/** `corrections` is how often the model was asked to write it anew. A reply that was cut off or filtered is never final. */
export function checkFinalReply(
  role: Role,
  { text, problem: flaw, remedy }: Pick<ModelReply, "text" | "problem" | "remedy">,
  { asked, corrections, thread, hasJudged = false }: Said,
): FinalReply {
  const ofText =
    flaw ?? problemOf(role, text, thread) ?? (hasJudged ? undefined : withoutVerdict(role, text, asked));
  const problem = ofText ?? (corrections === 0 ? namedOnly(role, text) : undefined);
  if (problem === undefined) return { kind: "final", end: { status: statusOf(role, text), text } };
  if (corrections < MAX_CORRECTIONS) return { kind: "correct", correction: problem };
  const isOperators = asked.every(({ sender }) => sender === OPERATOR);
  const address = role !== COORDINATOR && !isOperators ? redacted`@${COORDINATOR} ` : redacted``;
  const end: TurnEnd = {
    status: "blocked",
    text: redacted`${address}I could not finish: my last reply could not be sent.\n${remedy ?? fenced(problem)}`,
  };
  return { kind: "final", end };
}

function problemOf(role: Role, text: Redacted, thread: readonly ModelMessage[]): Redacted | undefined {
  if (isEmpty(text)) return redacted`Your reply was empty. Call a tool, or say in words how your task ended.`;
  if (looksLikeToolCall(text)) {
    return redacted`Your reply describes a tool call as text; nothing was run. Call the tool, or say how your task ended.`;
  }
  if (isEcho(text, thread)) {
    return redacted`Your reply repeats what you are told, is a line of JSON as you are told things, or speaks for others; nothing was run or seen, and nobody has heard it. Call a tool, or say in plain words how your task ended; @Name in them addresses a colleague.`;
  }
  if (isMark(role, text) && !parseSignal(text))
    return redacted`Your reply is a mark in brackets, which says nothing to anybody. Call a tool, or say in words how your task ended.`;
  const { to, unknown } = resolveMentions(role, text);
  if (unknown.length > 0)
    return redacted`${fromRedactedParts(explainUnknown(unknown))} Write your reply again.`;
  if (role === COORDINATOR && to.length > 0 && parseSignal(text)) {
    return redacted`You addressed a colleague and ended with a signal; nobody would start. Write your reply again with one of the two.`;
  }
  if (role === COORDINATOR && to.length > 1) {
    return redacted`You addressed ${ours(to.join(" and "))} at once; the second would begin before the first has done its part. Write your reply again and address one of them; name the others without the @.`;
  }
  return undefined;
}

/** What waits for a verdict would wait for nothing. Who cannot judge it asks, which the coordinator hears. */
function withoutVerdict(role: Role, text: Redacted, asked: readonly Message[]): Redacted | undefined {
  if (!asked.some(isChange) || resolveMentions(role, text).to.length > 0) return undefined;
  return redacted`A change waits for your verdict, and you have recorded none: words grant nothing. Read it whole and call record_verdict; or ask @${COORDINATOR} for what you need.`;
}

function isChange({ fact }: Message): boolean {
  return fact?.kind === "change";
}

function isEcho(text: string, thread: readonly ModelMessage[]): boolean {
  const [first] = thread;
  const results = thread.flatMap((message) => (message.role === "tool" ? [message.content] : []));
  return (
    isEchoedInput(text) ||
    isEchoedTalk(text, first?.role === "system" ? first.content : "") ||
    isEchoedResult(text, results)
  );
}

/** Nothing but fences, and the name of what they would hold. */
function isEmpty(text: string): boolean {
  return text.split(/[\s`]+/).every((word) => word === "" || word === "json");
}

/** As a result begins; from the coordinator also what looks like a signal and is none. */
function isMark(role: Role, text: string): boolean {
  const mark = /^\[([\w ]{1,40})\]$/.exec(text.trim())?.[1];
  return mark !== undefined && (role === COORDINATOR || RESULT_MARKS.has(mark));
}

const RESULT_MARKS = new Set(["ok", "failed", "refused", "timeout", "cancelled", "unknown"]);

/** The coordinator speaks of a role as if to it, and nobody would begin. Asked about once: it may be meant so. */
function namedOnly(role: Role, text: Redacted): Redacted | undefined {
  if (role !== COORDINATOR || parseSignal(text) || resolveMentions(role, text).to.length > 0)
    return undefined;
  const name = ROLES.find((each) => each !== role && isCalled(each, text));
  if (!name) return undefined;
  return redacted`Your reply names ${name} and addresses nobody: no colleague would begin. If it is for ${name}, write @${name} plainly, outside of quotation marks and back-ticks. If it is for the operator, send it again as it is.`;
}

/** `@Name` anywhere, in back-ticks too, or a line that opens with the name: `Name: please`, `**Name**, go on`. */
function isCalled(role: Role, text: string): boolean {
  const name = role.toLowerCase();
  const lines = text.toLowerCase().split("\n");
  return lines.some((line) => line.includes(`@${name}`) || opensWith(name, line));
}

function opensWith(name: string, line: string): boolean {
  const begin = line.slice(Math.max(0, line.search(/[^\s>*_#`-]/)));
  return begin.startsWith(name) && /^[*_`]{0,3} ?[:,]/.test(begin.slice(name.length));
}

/** The whole reply is a call in words, as some models do when they lose the format; other dress is known to model/. */
function looksLikeToolCall(text: string): boolean {
  return /^\(?(?:calling|call|executing)\s+(?:tool\s+)?`?(?:save_file|append_file|read_file|delete_file|read_env|run_\w+|fetch_webpage)\b/i.test(
    text.trim(),
  );
}

function statusOf(role: Role, text: string): TurnEnd["status"] {
  return role === COORDINATOR && parseSignal(text) === "awaiting" ? "awaiting" : "completed";
}

/**
 * Who hears it. A report that names nobody goes to the coordinator, so that no work ends in silence. An answer to the
 * operator alone wakes nobody whom he has not named; what could not be finished goes to the coordinator all the same.
 */
export function addressees(
  role: Role,
  asked: readonly Message[],
  { text, status }: Pick<TurnEnd, "text" | "status">,
): { to: Role[]; signal?: Signal } {
  const { to } = resolveMentions(role, text);
  if (role === COORDINATOR) {
    const signal = parseSignal(text);
    return signal ? { to, signal } : { to };
  }
  if (asked.some(isChange)) return { to: afterReview(asked, to) };
  const isOperators = asked.every(({ sender }) => sender === OPERATOR);
  if (!isOperators) return { to: to.length > 0 ? to : [COORDINATOR] };
  if (status !== "completed") return { to };
  return { to: to.filter((each) => asked.some(({ content }) => speaksOf(each, content))) };
}

/** The verdict is a record: its words wake nobody. Whose call waits hears nothing before: questions go to the coordinator. */
function afterReview(asked: readonly Message[], to: readonly Role[]): Role[] {
  const isAllChanges = asked.every(isChange);
  return isAllChanges && to.length === 0 ? [] : [COORDINATOR];
}

/** `DevOps_Builder`, `the architect`, `QA`. */
function speaksOf(role: Role, text: string): boolean {
  const words = new Set(text.toLowerCase().split(/[^a-z]+/));
  return role
    .toLowerCase()
    .split("_")
    .some((word) => words.has(word));
}
