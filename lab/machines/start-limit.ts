/** How often a unit may be started again: as systemd's default, five times in ten seconds. */

const START_LIMIT = 5;
const START_INTERVAL_MS = 10_000;

export type StartLimit = {
  /** How many times it has been started again lately, this time included; undefined where that were too many. */
  next(unit: string): number | undefined;
  clear(): void;
};

/** `now` in milliseconds. */
export function createStartLimit(now: () => number): StartLimit {
  const starts = new Map<string, number[]>();
  return {
    next: (unit) => {
      const recent = (starts.get(unit) ?? []).filter((time) => now() - time < START_INTERVAL_MS);
      if (recent.length >= START_LIMIT) return undefined;
      recent.push(now());
      starts.set(unit, recent);
      return recent.length;
    },
    clear: () => starts.clear(),
  };
}
