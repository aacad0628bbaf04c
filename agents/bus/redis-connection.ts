/** The home of ioredis: the connections of a store, and those of whoever only asks something. */
import { Redis, type RedisOptions } from "ioredis";

/** A connection that owes an answer for longer than this is taken for dead, though nobody has closed it. */
export const SILENCE_MS = 5_000;
/** Replies come as plain lists. */
const PROTOCOL = 2;

export type Connection = Redis;

/** It connects again by itself; what was under way is never resent. With `queue` a command waits for the connection. */
export function connect(url: string, { name, queue }: { name: string; queue: boolean }): Connection {
  const redis = new Redis(url, {
    protocol: PROTOCOL,
    connectionName: name,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    enableOfflineQueue: queue,
    maxRetriesPerRequest: queue ? null : 0,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
    connectTimeout: 5_000,
    socketTimeout: SILENCE_MS,
  });
  redis.on("error", () => {}); // told otherwise; ioredis prints errors that nobody listens to
  return redis;
}

/** What is written until the next turn of the event loop leaves in one packet: Redis is woken once. */
export function leaveTogether({ stream }: Connection): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

/** For a question or two. */
export function connectOnce(
  url: string,
  options: Pick<RedisOptions, "retryStrategy" | "enableReadyCheck">,
): Connection {
  return new Redis(url, { protocol: PROTOCOL, disableClientInfo: true, maxRetriesPerRequest: 0, ...options });
}
