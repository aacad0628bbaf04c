/** The runs of a turn, by its journal: how often it was cut short, how often is too often, and what each run began with. */
import { randomUUID } from "node:crypto";
import type { Delivery, TurnJournal } from "../bus/bus.ts";
import type { Message } from "../protocol/message.ts";
import { ours } from "../redact/redacted.ts";
import type { JournalWriter } from "./journal-writer.ts";

/** A message whose turn was cut short this often has cost an agent its life each time. */
export const MAX_INTERRUPTIONS = 5;

/**
 * To be asked once before each run of a turn, which it records. Its delivery does not tell: what only waits while its
 * agent ends is handed out again too.
 */
export async function isHopeless(
  delivery: Delivery,
  journal: TurnJournal,
  { entries, signal }: { entries: ReadonlyMap<string, string>; signal: AbortSignal },
): Promise<boolean> {
  if (!delivery.isAgain) return false; // the first run costs nothing
  if (entries.has("status")) return false; // it ended meanwhile
  const runs = Number(entries.get("runs") ?? 1);
  if (runs >= MAX_INTERRUPTIONS) return true;
  await journal.record({ runs: String(runs + 1) }, { signal });
  return false;
}

/** The entry with the runs that have written something, oldest first. */
export const LIVES = "lives";

/**
 * One run of a turn: `agent` names the process, which counts what happens in its memory; `knows` is the newest message of
 * its history; `from` the last entry that it found in the journal. "" where there was none.
 */
export type Life = { agent: string; knows: string; from: string };

export function newLife(): string {
  return randomUUID().slice(0, 8);
}

type Begun = { agent: string; entries: ReadonlyMap<string, string>; history: readonly Message[] };

/** Noted when a run begins, so that it can be told later what it was made of. */
export function noteLife(journal: JournalWriter, { agent, entries, history }: Begun): void {
  const earlier = (journal.stored(LIVES) ?? []) as Life[];
  const life = { agent, knows: history.at(-1)?.id ?? "", from: lastOf([...entries.keys()]) };
  const lives = [...earlier, life].map(({ agent, knows, from }) => ({
    ...{ agent: ours(agent), knows: ours(knows), from: ours(from) },
  }));
  journal.note(LIVES, lives);
}

/** The last of these entries in the order in which a turn writes them; "" when it has none that has a place. */
export function lastOf(keys: readonly string[]): string {
  return (
    keys
      .filter((key) => placeOf(key) > 0)
      .toSorted((a, b) => placeOf(a) - placeOf(b))
      .at(-1) ?? ""
  );
}

const ORDER = ["heard", "reply", "intent", "outcome"];

/** `heard:2` stands before `reply:2`, that before `intent:2.1`, that before `outcome:2.1`; 0 for what has no place. */
export function placeOf(key: string): number {
  const [kind = "", place = ""] = key.split(":");
  const [step = 0, call = 0] = place.split(".").map(Number);
  return step > 0 && ORDER.includes(kind) ? step * 100_000 + call * 10 + ORDER.indexOf(kind) : 0;
}
