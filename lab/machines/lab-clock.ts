/** The time in which things of the lab fall due: that of this machine, or ahead of it once it was moved on. */

export type LabClock = {
  /** Milliseconds since 1970. */
  now(): number;
  /** Registers what is asked, again after each event, when it is next due; runs it when the time has come. */
  add(source: Source): { /** Something has changed: ask again. */ changed(): void; remove(): void };
  /** Moves on by milliseconds, through everything that falls due meanwhile, one after the other in order. */
  advance(ms: number): Promise<void>;
};

export type Source = {
  /** Undefined for never. */
  next(): number | undefined;
  /** Everything that is due by then. */
  run(now: number): Promise<void>;
};

/** A timer of Node takes no more. */
const MAX_WAIT_MS = 2 ** 31 - 1;

export function createLabClock(real: () => number = Date.now): LabClock {
  const sources = new Set<Source>();
  let ahead = 0;
  let wait: NodeJS.Timeout | undefined;
  let last: Promise<void> = Promise.resolve();
  const now = () => real() + ahead;
  const first = () =>
    [...sources]
      .flatMap((source) => ({ source, at: source.next() ?? Number.POSITIVE_INFINITY }))
      .reduce<{ source?: Source; at: number }>((a, b) => (b.at < a.at ? b : a), {
        at: Number.POSITIVE_INFINITY,
      });
  const arm = () => {
    clearTimeout(wait);
    const { at } = first();
    if (at === Number.POSITIVE_INFINITY) return;
    wait = setTimeout(() => void pass(0), Math.min(Math.max(at - now(), 0), MAX_WAIT_MS));
  };
  const pass = (ms: number): Promise<void> => {
    last = last.then(async () => {
      const until = now() + ms;
      for (let { source, at } = first(); source && at <= until; { source, at } = first()) {
        ahead += Math.max(at - now(), 0);
        await source.run(now());
      }
      ahead += Math.max(until - now(), 0);
      arm();
    });
    return last;
  };
  return {
    now,
    add: (source) => {
      sources.add(source);
      arm();
      const remove = () => {
        sources.delete(source);
        arm();
      };
      return { changed: arm, remove };
    },
    advance: pass,
  };
}
