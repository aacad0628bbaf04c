/** One active timer of systemd: when it elapses next, by its unit file and by what has been. */
import { type Calendar, nextTime, parseOnCalendar, parseTimeSpan } from "./calendar.ts";
import { type UnitFile, valuesOf } from "./unit-file.ts";

export type Moments = {
  /** All in milliseconds since 1970. */
  booted: number;
  activated: number;
  /** When it elapsed last; of a persistent one, even before this boot. */
  last: number | undefined;
};

export type Timer = {
  /** The unit that it starts. */
  unit: string;
  persistent: boolean;
  /** Undefined when it will not elapse again. */
  next(): number | undefined;
  elapse(now: number): void;
};

/** A complaint in words where the file sets nothing that could elapse. */
export function createTimer(name: string, file: UnitFile, moments: Moments): Timer | string {
  const values = (key: string) => valuesOf(file, "Timer", key);
  const spans = (key: string) => values(key).map(parseTimeSpan);
  const calendars = values("OnCalendar").map(parseOnCalendar);
  const once = [
    ...spans("OnActiveSec").map((span) => from(moments.activated, span)),
    ...["OnBootSec", "OnStartupSec"].flatMap(spans).map((span) => from(moments.booted, span)),
  ];
  const repeated = ["OnUnitActiveSec", "OnUnitInactiveSec"].flatMap(spans);
  const all = [...once, ...repeated, ...calendars];
  if (all.length === 0) return "Timer unit lacks value setting. Refusing.";
  if (all.includes(undefined)) return "Failed to parse a time of the timer unit, refusing.";
  const persistent = ["yes", "true", "on", "1"].includes(values("Persistent").at(-1) ?? "");
  let last = persistent ? moments.last : undefined;
  let pending = once.filter((at) => at !== undefined);
  const ofCalendar = (calendar: Calendar | undefined) =>
    calendar && nextTime(calendar, last ?? moments.activated);
  return {
    unit: values("Unit").at(-1) ?? name.replace(/\.timer$/, ".service"),
    persistent,
    next: () => {
      const again = last === undefined ? [] : repeated.map((span) => from(last ?? 0, span));
      const times = [...pending, ...again, ...calendars.map(ofCalendar)].filter((at) => at !== undefined);
      return times.length > 0 ? Math.min(...times) : undefined;
    },
    elapse: (now) => {
      last = now;
      pending = pending.filter((at) => at > now);
    },
  };
}

function from(start: number, span: number | undefined): number | undefined {
  return span === undefined ? undefined : start + span;
}
