/**
 * A role's thread out of what its journals hold: made again at the beginning of each turn, the first after a start as well,
 * so that there is one way to it. What was recorded before a secret was known is redacted as it is read.
 */
import type { TurnStatus } from "../bus/bus.ts";
import { type RecordedTurn, THREAD } from "../bus/journal-keys.ts";
import type { Message } from "../protocol/message.ts";
import { parseJson } from "../protocol/message.ts";
import type { Redactor } from "../redact/redact.ts";
import { redacted } from "../redact/redacted.ts";
import { redactJson } from "../redact/redacted-json.ts";
import type { ToolResult } from "../tools/tool.ts";
import type { JournalWriter } from "./journal-writer.ts";
import { readRecorded } from "./recorded-reply.ts";
import type { Did } from "./step-notes.ts";
import { type Beginning, type Opening, type Snapshot, Thread, type ThreadSettings } from "./thread.ts";

const OPENING = "opening";
const EVICTED = "evicted:";
/** With a word of its own at the end. */
const WHOLE: readonly string[] = ["completed", "awaiting", "blocked", "exhausted"] satisfies TurnStatus[];

export type ThreadParts = ThreadSettings & { redactor: Redactor };

export type Opened = Beginning & {
  /** The turns that the role's thread was made of. */
  past: readonly RecordedTurn[];
  journal: JournalWriter;
};

/** The thread of a turn that begins, or goes on: up to all that the turn is about. */
export function openThread({ redactor, ...settings }: ThreadParts, opened: Opened): Thread {
  const { past, journal, tasks } = opened;
  const [{ id, session }] = tasks;
  const thread = new Thread(settings);
  const before = past.filter(({ messageId }) => messageId !== id);
  const ofSession = before.filter(({ entries }) => openingIn(entries, redactor)?.session === session);
  for (const { entries } of ofSession) replay(thread, entries, redactor);
  const stored = openingIn(journal.all, redactor);
  const opening = stored ?? thread.openingOf(opened);
  if (!stored) {
    const from = Math.max(ofSession.findLastIndex(hasEvicted), 0);
    const turns = [...ofSession.slice(from).map(({ messageId }) => messageId), id];
    journal.noteAll({ [OPENING]: JSON.stringify(opening), [THREAD]: JSON.stringify(turns) });
  }
  thread.begin(opening);
  return thread;
}

/** Before the model call of this step: within its budget, as an earlier life of the turn had it. */
export function fitThread(
  thread: Thread,
  { journal, redactor, id, step }: { journal: JournalWriter; redactor: Redactor; id: string; step: number },
): void {
  const stored = readAs<Snapshot>(journal.all.get(`${EVICTED}${step}`), "units", redactor);
  if (stored) thread.restore(stored);
  const left = stored || journal.stored(`reply:${step}`) !== undefined ? undefined : thread.evict();
  if (!left) return;
  journal.noteAll({ [`${EVICTED}${step}`]: JSON.stringify(left), [THREAD]: JSON.stringify([id]) });
}

function replay(thread: Thread, entries: RecordedTurn["entries"], redactor: Redactor): void {
  const opening = openingIn(entries, redactor);
  if (!opening) return;
  thread.begin(opening);
  for (let step = 1; ; step++) {
    const heard = readAs<Message[]>(entries.get(`heard:${step}`), 0, redactor);
    if (heard) thread.hear(heard);
    const snapshot = readAs<Snapshot>(entries.get(`${EVICTED}${step}`), "units", redactor);
    if (snapshot) thread.restore(snapshot);
    const stored = entries.get(`reply:${step}`);
    if (stored === undefined) break;
    replayStep(thread, { stored, step }, { entries, redactor });
  }
  if (!WHOLE.includes(entries.get("status") ?? "")) thread.cutOff();
}

function replayStep(
  thread: Thread,
  { stored, step }: { stored: string; step: number },
  { entries, redactor }: { entries: RecordedTurn["entries"]; redactor: Redactor },
): void {
  const reply = readRecorded(parseJson(stored), redactor);
  thread.reply(reply);
  for (const request of reply.calls) {
    const result = readAs<ToolResult>(entries.get(`outcome:${request.id}`), "kind", redactor);
    if (!result) return;
    thread.result(request, didOf(entries.get(`intent:${request.id}`), redactor), result);
  }
  const correction = parseJson(entries.get(`correction:${step}`) ?? "");
  if (typeof correction === "string") thread.correct(redactor(correction));
}

/** A refused call without a record of what it was about has only been looked at. */
function didOf(json: string | undefined, redactor: Redactor): Did {
  const { target, effect } = readAs<Did>(json, "target", redactor) ?? { target: redacted``, effect: "read" };
  return { target, effect: effect ?? "read" };
}

function openingIn(entries: ReadonlyMap<string, string>, redactor: Redactor): Opening | undefined {
  return readAs<Opening>(entries.get(OPENING), "units", redactor);
}

function hasEvicted({ entries }: RecordedTurn): boolean {
  return [...entries.keys()].some((key) => key.startsWith(EVICTED));
}

/** Written by this program alone; undefined when nothing of it can be shown, which `field` tells. */
function readAs<Value extends object>(
  json: string | undefined,
  field: keyof Value,
  redactor: Redactor,
): Value | undefined {
  if (json === undefined) return undefined;
  const value = redactJson(redactor, parseJson(json)).value as unknown as Value | null;
  return typeof value === "object" && value !== null && field in value ? value : undefined;
}
