/** Whether a turn ends as it ended: its status, what it says and to whom, the fact that is told with it. Pure. */
import type { Draft } from "../../agents/bus/bus.ts";
import type { Message } from "../../agents/protocol/message.ts";
import { agrees, type Difference, shown } from "./difference.ts";
import type { End } from "./recorded-journal.ts";
import { FAILURE } from "./recorded-turn.ts";
import type { RecordedTurn } from "./recording.ts";

/** `isWhole`: all calls were replayed, so that it is known how many of them were news. */
type Told = { end: End | undefined; messages: readonly Message[]; isWhole: boolean };

export function differenceAtEnd(turn: RecordedTurn, { end, messages, isWhole }: Told): Difference[] {
  const place = { role: turn.role, message: turn.message.id, at: "end" };
  const reply = messages.find(({ id }) => id === turn.entries.get("reply"));
  const pairs: [unknown, unknown][] = [
    [turn.entries.get("status"), end?.status],
    [wordsOf(reply, isWhole), wordsOf(end?.reply, isWhole)],
  ];
  const fact = factOf(turn, reply, messages);
  if (!isSameFact(fact, end?.fact)) pairs.push([fact?.content, end?.fact?.content]);
  const found = pairs.find(([recorded, now]) => !agrees(recorded, now));
  return found ? [{ place, recorded: shown(found[0]), now: shown(found[1]) }] : [];
}

function wordsOf(said: Draft | Message | undefined, isWhole: boolean): unknown {
  if (!said) return undefined;
  const { content, to, signal, work } = said;
  return { content, to, ...(signal && { signal }), ...(isWhole && work !== undefined && { work }) };
}

/** It was said in the transaction of the end: about the turn, or right before the reply. */
function factOf({ role, message }: RecordedTurn, reply: Message | undefined, messages: readonly Message[]) {
  const own = messages.filter(({ sender }) => sender === role);
  const before = reply && own[own.indexOf(reply) - 1];
  if (before?.fact?.kind === "talk") return before;
  return own.find(({ fact }) => fact?.kind === "ended" && fact.about === message.id);
}

/** The cause of a failure is no entry: all around it is compared. */
function isSameFact(recorded: Message | undefined, now: Draft | undefined): boolean {
  if (!recorded || !now) return recorded === undefined && now === undefined;
  const [before = "", after = ""] = now.content.split(FAILURE);
  const { content } = recorded;
  if (!now.content.includes(FAILURE)) return content === now.content;
  return content.startsWith(before) && content.endsWith(after);
}
