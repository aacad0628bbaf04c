/**
 * The brake on talk: two roles that say the same to each other again, or go on for rounds without a call that changed or
 * showed anything, are stopped with the evidence. Pure: it knows words and counts, no meaning. What it cannot tell apart
 * from progress it lets pass; the operator's word begins the count anew.
 */
import type { Draft } from "../bus/bus.ts";
import type { Message } from "../protocol/message.ts";
import { OPERATOR, type Role } from "../protocol/roles.ts";
import { ours, type Redacted, redacted, rewrite, sliceRedacted } from "../redact/redacted.ts";

/** How often the same is said before it is no longer delivered. */
const MAX_SAYINGS = 2;
/** Two rounds may pass without work: a question, its answer, a question about it, an answer. */
const MAX_IDLE_MESSAGES = 4;
/** Shared words of two texts, by all their words, from which they say the same. */
const SAME = 0.8;
/** What is looked at of a text. */
const MAX_CHARS = 8_000;

/** What is said, as the brake looks at it. `work` is not known of programs that know only the original's format. */
export type Word = Pick<Message, "sender" | "to" | "content" | "work" | "fact">;

export type Circle = { with: Role; why: Redacted };

/** Why `next` should not be delivered; undefined when it may be. */
export function circleOf(
  history: readonly Word[],
  next: Pick<Draft, "sender" | "to" | "content" | "work">,
): Circle | undefined {
  for (const other of next.to) {
    const idle = idleTalk(history, [next.sender as Role, other], next);
    const why = idle.length > 0 ? whyNot(idle) : undefined;
    if (why) return { with: other, why };
  }
  return undefined;
}

/** What the two have said to each other at last, `next` included, since one of them did something for it. */
function idleTalk(history: readonly Word[], pair: readonly [Role, Role], next: Word): Word[] {
  const since = history.findLastIndex(
    ({ sender, fact }) => (sender === OPERATOR && !fact) || fact?.kind === "talk",
  );
  const between = history.slice(since + 1).filter(({ sender, to, fact }) => {
    const [a, b] = pair;
    return !fact && ((sender === a && to.includes(b)) || (sender === b && to.includes(a)));
  });
  const talk = [...between, next];
  return talk.slice(talk.findLastIndex(({ work }) => work !== 0) + 1);
}

function whyNot(idle: readonly Word[]): Redacted | undefined {
  const next = idle.at(-1) as Word;
  const words = wordsOf(next.content);
  const sayings = idle.filter(
    ({ sender, content }) => sender === next.sender && sameness(words, wordsOf(content)) >= SAME,
  );
  if (sayings.length > MAX_SAYINGS) {
    const first = sayings[0] as Word;
    return redacted`the same was said ${sayings.length} times ("${excerpt(first.content)}"), and no call in between changed or showed anything new`;
  }
  if (idle.length > MAX_IDLE_MESSAGES && newThings(idle) < idle.length - 2)
    return redacted`${idle.length} messages without a call that changed or showed anything new, and with nothing new in them (the last: "${excerpt(next.content)}")`;
  return undefined;
}

/** Names, paths, ids and numbers that only came up after the first two messages. */
function newThings(idle: readonly Word[]): number {
  const [first, second, ...later] = idle.map(({ content }) => thingsOf(content));
  const known = new Set([...(first ?? []), ...(second ?? [])]);
  const fresh = new Set(later.flatMap((things) => [...things]).filter((thing) => !known.has(thing)));
  return fresh.size;
}

/** Words without case, numbers (which count and date what is said) and names of roles. */
function wordsOf(text: string): Set<string> {
  const words = text
    .slice(0, MAX_CHARS)
    .toLowerCase()
    .split(/[^\p{L}_-]+/u);
  return new Set(words.filter((word) => word.length > 1 && !isRoleName(word)));
}

/** `local-lvm`, `main.tf`, `/app/docs`, `9101`: not `10:04`, `3` or a word of the language. */
function thingsOf(text: string): Set<string> {
  const words = text
    .slice(0, MAX_CHARS)
    .toLowerCase()
    .split(/[\s,;()"'`]+/);
  return new Set(
    words
      .map((word) => word.slice(0, 80).replace(/[.:!?]{1,3}$/, ""))
      .filter((word) => /\d{3}|[\p{L}\d][/_.=-][\p{L}\d]|\p{L}\d/u.test(word) && !isRoleName(word)),
  );
}

function isRoleName(word: string): boolean {
  return /^@?(?:architect_zero|devops_builder|security_sentinel|qa_tester)$/.test(word);
}

function sameness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((word) => b.has(word)).length;
  const all = a.size + b.size - shared;
  return all === 0 ? 1 : shared / all;
}

function excerpt(text: Redacted): Redacted {
  const line = rewrite(text, (it) => it.slice(0, 1_000).replace(/\s+/g, " ").trim());
  return line.length > 120 ? redacted`${sliceRedacted(line, 0, 120)}${ours("...")}` : line;
}
