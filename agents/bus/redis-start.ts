/** Before there is a store, for whoever starts Redis or looks for it: is it there, has it written its file anew. */
import { setTimeout as sleep } from "node:timers/promises";
import { AppError, describeError } from "../base/errors.ts";
import { connectOnce } from "./redis-connection.ts";
import { readinessOf } from "./redis-loading.ts";

/** How often a Redis is asked that is not ready yet. */
const POLL_MS = 25;

/**
 * Log in with the credentials of the URL, if it has any, and PING, once. AppError `unavailable` with what Redis or the
 * network said otherwise; the password is in no message.
 */
export async function pingRedis(url: string, signal: AbortSignal): Promise<void> {
  const redis = connectOnce(url, { retryStrategy: () => null, enableReadyCheck: false });
  const failure = Promise.withResolvers<never>();
  redis.on("error", failure.reject);
  const stop = () => failure.reject(new Error("no answer in time"));
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    await Promise.race([redis.ping(), failure.promise]);
  } catch (error) {
    throw new AppError("unavailable", `Redis at ${new URL(url).host}: ${describeError(error)}`);
  } finally {
    signal.removeEventListener("abort", stop);
    redis.disconnect();
  }
}

/**
 * Have a Redis that has just been started write its file anew, for whoever started it: no store uses it before. `url` is
 * that of a user who may INFO and BGREWRITEAOF. AppError `bad_config` when Redis lost something: its file then stays as
 * it is; `unavailable` when `signal` aborts first.
 */
export async function tidyRecords(url: string, signal: AbortSignal): Promise<void> {
  const redis = connectOnce(url, { retryStrategy: () => POLL_MS });
  redis.on("error", () => {}); // not listening yet
  let isAsked = false;
  try {
    while (!signal.aborted) {
      const info = await redis.call("INFO", "persistence", "stats").catch(() => undefined);
      const readiness = info === undefined ? undefined : readinessOf(String(info));
      if (readiness?.kind === "ready") return;
      if (readiness?.kind === "lost") throw new AppError("bad_config", `Redis: ${readiness.reason}`);
      if (readiness && !isAsked)
        isAsked = await redis.call("BGREWRITEAOF").then(
          () => true,
          () => false, // asked again
        );
      await sleep(POLL_MS);
    }
  } finally {
    redis.disconnect();
  }
  throw new AppError("unavailable", "Redis did not write its file anew in time (BGREWRITEAOF)");
}
