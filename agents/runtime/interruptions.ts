/** How often the turn about a message was cut short, by its journal; how often is too often. */
import type { Delivery, TurnJournal } from "../bus/bus.ts";

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
