/** Waiting for a bus that is away. */
import { setTimeout as sleep } from "node:timers/promises";
import { isAppError } from "../base/errors.ts";

const RETRY_MS = 500;

/** Repeat until it is answered: only `unavailable` is tried again, until `signal` aborts. */
export async function untilUp<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!isAppError(error, "unavailable")) throw error;
      await sleep(RETRY_MS, undefined, { signal });
    }
  }
}
