/** The guests that the operator has named, in Redis: one record, which his user alone writes. */
import { encodeGuestRecord, parseGuestRecord } from "../protocol/guest-record.ts";
import type { GuestBook } from "./bus.ts";
import { GUESTS_KEY } from "./redis-schema.ts";
import type { RedisStore } from "./redis-store.ts";

export function redisGuests(store: RedisStore): GuestBook {
  const read = ["GET", GUESTS_KEY] as const;
  return {
    async read({ signal }) {
      signal.throwIfAborted();
      return parseGuestRecord((await store.command(read)) as string | null);
    },
    async change(change, { signal }) {
      signal.throwIfAborted();
      await store.transact({ watch: [GUESTS_KEY], reads: [read] }, ([known]) => {
        const guests = change(parseGuestRecord(known as string | null));
        return { result: undefined, write: [["SET", GUESTS_KEY, encodeGuestRecord(guests)]] };
      });
    },
  };
}
