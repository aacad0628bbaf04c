/** The team's Redis, which is started again when it dies: at the same place, with what was on its disk. */
import { setTimeout as delay } from "node:timers/promises";
import { describeError } from "../../agents/base/errors.ts";
import { type PrivateRedis, type RedisOptions, startRedis } from "./redis.ts";
import { FIRST_PAUSE_MS, HEALTHY_MS, nextPauseMs } from "./supervise.ts";
import type { Tell } from "./trouble-board.ts";

export type LastingRedis = Omit<PrivateRedis, "ended">;

/**
 * As `startRedis`, whose errors end the first start. Later ones are told with their cause, and tried again more and more
 * slowly: what is on its disk is never begun anew.
 */
export async function startLastingRedis(options: RedisOptions, tell: Tell): Promise<LastingRedis> {
  const first = await startRedis(options);
  const closing = new AbortController();
  const running = keepRunning({ first, options: { ...options, port: first.port } }, closing.signal, tell);
  return {
    ...first,
    async close() {
      closing.abort();
      await running;
    },
  };
}

type Start = { first: PrivateRedis; options: RedisOptions };

async function keepRunning({ first, options }: Start, signal: AbortSignal, tell: Tell): Promise<void> {
  let redis: PrivateRedis | undefined = first;
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const startedAt = performance.now();
    if (redis) await untilEnd(redis, signal);
    if (signal.aborted) return;
    if (redis)
      tell("Redis", `redis-server ended, and is started again. Its log: ${options.directory}/redis.log`);
    if (performance.now() - startedAt >= HEALTHY_MS) pauseMs = FIRST_PAUSE_MS;
    await delay(pauseMs, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
    pauseMs = nextPauseMs(pauseMs);
    if (!signal.aborted) redis = await startAgain(options, tell);
  }
  await redis?.close();
}

/** Until it ends by itself, or has been closed because `signal` aborted. */
async function untilEnd(redis: PrivateRedis, signal: AbortSignal): Promise<void> {
  const close = () => void redis.close();
  signal.addEventListener("abort", close, { once: true });
  await redis.ended.catch(() => undefined);
  signal.removeEventListener("abort", close);
}

async function startAgain(options: RedisOptions, tell: Tell): Promise<PrivateRedis | undefined> {
  try {
    const redis = await startRedis(options);
    tell("Redis", undefined);
    return redis;
  } catch (error) {
    tell("Redis", `it cannot be started again, and is tried at most every 30 s: ${describeError(error)}`);
    return undefined;
  }
}
