/** What was said last, out of the streams that only their senders can write. */
import type { Message } from "../protocol/message.ts";
import { SENDERS } from "../protocol/roles.ts";
import { HISTORY_LIMIT } from "./bus.ts";
import { compareEntryIds, saidBy, transcriptKey } from "./records.ts";
import type { RedisStore } from "./redis-store.ts";

/** The last messages of a session, oldest first; what stands in the stream of another is left out. */
export async function readHistory(store: RedisStore, session: string): Promise<Message[]> {
  const replies = await store.pipeline(
    SENDERS.map((sender) => ["XREVRANGE", transcriptKey(sender), "+", "-", "COUNT", HISTORY_LIMIT]),
  );
  const entries = SENDERS.flatMap((sender, index) =>
    (replies[index] as [string, string[]][])
      .map(([id, fields]) => ({ sender, id, json: fields[1] }))
      .reverse(),
  );
  return entries
    .sort((a, b) => compareEntryIds(a.id, b.id))
    .slice(-HISTORY_LIMIT)
    .flatMap(({ sender, json }) => saidBy(sender, json) ?? [])
    .filter((message) => message.session === session);
}
