/** Time that goes on when nobody has anything left to do, for tests of what waits: an hour of waiting takes no time. */
import { setImmediate as settled } from "node:timers/promises";

type Sleeper = { at: number; wake: () => void };

export class VirtualClock {
  /** Milliseconds since the epoch. */
  now: number;
  #sleepers: Sleeper[] = [];

  constructor(start: number) {
    this.now = start;
  }

  /** Rejects with the signal's reason. */
  readonly sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { at: this.now + ms, wake: resolve };
    const stop = () => reject(signal?.reason);
    this.#sleepers.push(sleeper);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      await promise;
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
    }
  };

  /** Until `work` ends. Throws when nobody sleeps and it has not ended: it would never. */
  async until<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const end = work.finally(() => {
      isOver = true;
    });
    end.catch(() => {}); // it is awaited below
    for (;;) {
      await settled();
      if (isOver) return await end;
      const at = Math.min(...this.#sleepers.map((one) => one.at));
      if (!Number.isFinite(at)) throw new Error("nobody sleeps, and the work has not ended");
      this.now = at;
      for (const one of this.#sleepers.filter((sleeper) => sleeper.at <= at)) one.wake();
    }
  }
}
