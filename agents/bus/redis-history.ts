/** What was said last, out of the streams that only their senders can write. */
import type { Message } from "../protocol/message.ts";
import { SENDERS } from "../protocol/roles.ts";
import { HISTORY_LIMIT } from "./bus.ts";
import { compareEntryIds, saidBy, transcriptKey } from "./records.ts";
import type { RedisStore } from "./redis-store.ts";

/** A writer can give its entries any later id: those of the future would push out what the others say. */
const CLOCK_SLACK_MS = 60_000;

/**
 * The last messages of a session, oldest first; what stands in the stream of another is left out. `now` is the time of
 * Redis, whose clock makes the ids.
 */
export async function readHistory(store: RedisStore, session: string, now: Date): Promise<Message[]> {
  const latest = now.getTime() + CLOCK_SLACK_MS;
  const replies = await store.pipeline(
    SENDERS.map((sender) => ["XREVRANGE", transcriptKey(sender), latest, "-", "COUNT", HISTORY_LIMIT]),
  );
  const entries = SENDERS.flatMap((sender, index) =>
    (replies[index] as [string, string[]][]).map(([id, [, json]]) => ({ sender, id, json })).reverse(),
  );
  return entries
    .sort((a, b) => compareEntryIds(a.id, b.id))
    .slice(-HISTORY_LIMIT)
    .flatMap(({ sender, json }) => saidBy(sender, json) ?? [])
    .filter((message) => message.session === session);
}
