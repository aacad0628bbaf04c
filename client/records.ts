/** What Redis keeps, for the console to read: each answer is undefined while the store is away. */
import { isAppError } from "../agents/base/errors.ts";
import type { Bus } from "../agents/bus/bus.ts";

type Waiting = { signal: AbortSignal };

export type Records = {
  /** Undefined while the store is away, and when the console is leaving. */
  ask<T>(question: (bus: Bus, options: Waiting) => Promise<T>): Promise<T | undefined>;
};

export function createRecords(bus: Bus, signal: AbortSignal): Records {
  return {
    async ask(question) {
      try {
        return await question(bus, { signal });
      } catch (error) {
        if (signal.aborted || isAppError(error, "unavailable")) return undefined;
        throw error;
      }
    },
  };
}
