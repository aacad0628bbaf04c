/** What was said last, out of the streams that only their senders can write. */
import { setImmediate as nextRound } from "node:timers/promises";
import type { Message } from "../protocol/message.ts";
import { SENDERS, type Sender } from "../protocol/roles.ts";
import { HISTORY_LIMIT } from "./bus.ts";
import type { MessageReader } from "./message-reader.ts";
import { compareEntryIds, saidBy, transcriptKey } from "./redis-schema.ts";
import type { RedisStore } from "./redis-store.ts";

/** A writer can give its entries any later id: those of the future would push out what the others say. */
const CLOCK_SLACK_MS = 60_000;
/** Of each sender so many are read at first; most senders have said no more of what counts. */
const FIRST = 24;
/** Reading 80 that are no longer takes no time to speak of. */
const LONG_CHARS = 10_000;

type Entry = { sender: Sender; id: string; json: string | undefined };

/**
 * The last messages of a session, oldest first; what stands in the stream of another is left out. `now` is the time of
 * Redis, whose clock makes the ids.
 */
export async function readHistory(
  store: RedisStore,
  { session, now, reader }: { session: string; now: Date; reader: MessageReader },
): Promise<Message[]> {
  const latest = now.getTime() + CLOCK_SLACK_MS;
  const readLast = async (senders: readonly Sender[], count: number) => {
    const ends = await store.pipeline(
      senders.map((sender) => ["XREVRANGE", transcriptKey(sender), latest, "-", "COUNT", count]),
    );
    return senders.flatMap((sender, index) => toEntries(sender, ends[index]));
  };
  const some = await readLast(SENDERS, FIRST);
  const talkers = SENDERS.filter((sender) => mayHaveMore(sender, some));
  const others = some.filter(({ sender }) => !talkers.includes(sender));
  const messages: Message[] = [];
  for (const { sender, json } of newest([...others, ...(await readLast(talkers, HISTORY_LIMIT))])) {
    if ((json?.length ?? 0) > LONG_CHARS) await nextRound(); // the longest 80 take seconds: STOP is heard in between
    const message = saidBy(sender, json, reader.read);
    if (message?.session === session) messages.push(message);
  }
  return messages;
}

/** Oldest first. */
function toEntries(sender: Sender, reply: unknown): Entry[] {
  return (reply as [string, string[]][]).map(([id, [, json]]) => ({ sender, id, json })).reverse();
}

function newest(entries: readonly Entry[]): Entry[] {
  return entries.toSorted((a, b) => compareEntryIds(a.id, b.id)).slice(-HISTORY_LIMIT);
}

/** All that was read of a sender counts: what it said before may count too. */
function mayHaveMore(sender: Sender, some: readonly Entry[]): boolean {
  return newest(some).filter((entry) => entry.sender === sender).length === FIRST;
}
