/** When something is due again: OnCalendar of systemd and the five fields of cron, in UTC. */
import { named } from "../cluster/named.ts";

export type Calendar = {
  years: ReadonlySet<number> | undefined;
  months: ReadonlySet<number>;
  days: ReadonlySet<number>;
  /** 0 is Sunday. */
  weekdays: ReadonlySet<number>;
  hours: readonly number[];
  minutes: readonly number[];
  seconds: readonly number[];
  /** As cron has it: a day of the month or of the week is enough, where both are given. */
  eitherDay: boolean;
};

const DAY_MS = 86_400_000;
/** As far as a leap day can be away, over a century. */
const MAX_DAYS = 366 * 9;
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MAX_LENGTH = 200;

const SHORT: Readonly<Record<string, string>> = {
  minutely: "*-*-* *:*:00",
  hourly: "*-*-* *:00:00",
  daily: "*-*-* 00:00:00",
  weekly: "Mon *-*-* 00:00:00",
  monthly: "*-*-01 00:00:00",
  quarterly: "*-01,04,07,10-01 00:00:00",
  yearly: "*-01-01 00:00:00",
  annually: "*-01-01 00:00:00",
};

const CRON_SHORT: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

/** `Mon..Fri *-*-* 06:00`, `daily`, `*:0/15`; undefined for what is none. Time zones other than UTC are not known. */
export function parseOnCalendar(text: string): Calendar | undefined {
  const given = text.trim();
  if (given.length > MAX_LENGTH) return undefined;
  const words = (SHORT[given.toLowerCase()] ?? given).split(/\s+/).filter((word) => word !== "UTC");
  const weekday = /^[a-z]/i.test(words[0] ?? "") ? words.shift() : "*";
  const date = words.find((word) => word.includes("-")) ?? "*-*-*";
  const time = words.find((word) => word.includes(":")) ?? "00:00:00";
  if (words.some((word) => word !== date && word !== time)) return undefined;
  const [year = "*", month = "*", day = "*"] =
    date.split("-").length === 2 ? ["*", ...date.split("-")] : date.split("-");
  const [hour = "*", minute = "*", second = "0"] = time.split(":");
  return calendarOf({ year, month, day, weekday: weekday ?? "*", hour, minute, second }, false);
}

/** Five fields, or `@daily` and its like; undefined for what is none, `@reboot` among it. */
export function parseCronTime(text: string): Calendar | undefined {
  const fields = (CRON_SHORT[text.trim()] ?? text.trim()).split(/\s+/);
  if (fields.length !== 5 || text.length > MAX_LENGTH) return undefined;
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  const either = !day.startsWith("*") && !weekday.startsWith("*");
  return calendarOf({ year: "*", month, day, weekday, hour, minute, second: "0" }, either);
}

type Fields = Record<"year" | "month" | "day" | "weekday" | "hour" | "minute" | "second", string>;

function calendarOf(fields: Fields, eitherDay: boolean): Calendar | undefined {
  const years = fields.year === "*" ? [] : numbersOf(fields.year, [1970, 2199]);
  const months = numbersOf(withoutNames(fields.month, MONTHS, 1), [1, 12]);
  const days = numbersOf(fields.day, [1, 31]);
  const weekdays = numbersOf(withoutNames(fields.weekday, WEEKDAYS, 0), [0, 7]);
  const hours = numbersOf(fields.hour, [0, 23]);
  const minutes = numbersOf(fields.minute, [0, 59]);
  const seconds = numbersOf(fields.second, [0, 59]);
  if (!years || !months || !days || !weekdays || !hours || !minutes || !seconds) return undefined;
  return {
    years: years.length > 0 ? new Set(years) : undefined,
    months: new Set(months),
    days: new Set(days),
    weekdays: new Set(weekdays.map((day) => day % 7)),
    ...{ hours, minutes, seconds, eitherDay },
  };
}

function withoutNames(field: string, names: readonly string[], first: number): string {
  return field.toLowerCase().replace(/[a-z]+/g, (word) => {
    const at = names.indexOf(word.slice(0, 3));
    return at < 0 ? "x" : String(at + first);
  });
}

/** Ascending; `*`, `1,5`, `1-5`, `1..5`, and each of them `/2`. */
function numbersOf(field: string, [least, most]: [number, number]): number[] | undefined {
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const match = /^(?:(\*)|(\d{1,4})(?:(?:-|\.\.)(\d{1,4}))?)(?:\/(\d{1,3}))?$/.exec(part);
    if (!match) return undefined;
    const [, all, from, to, step] = match;
    const start = all ? least : Number(from);
    const end = all || (step && to === undefined) ? most : Number(to ?? from);
    if (start < least || end > most || start > end || step === "0") return undefined;
    for (let number = start; number <= end; number += Number(step ?? 1)) found.add(number);
  }
  return [...found].sort((a, b) => a - b);
}

/** Milliseconds since 1970, the next time after `after`; undefined when there is none within nine years. */
export function nextTime(calendar: Calendar, after: number): number | undefined {
  const midnight = Math.floor(after / DAY_MS) * DAY_MS;
  for (let day = 0; day < MAX_DAYS; day++) {
    const start = midnight + day * DAY_MS;
    if (!isDay(calendar, new Date(start))) continue;
    const time = firstAfter(calendar, after - start);
    if (time !== undefined) return start + time;
  }
  return undefined;
}

function isDay({ years, months, days, weekdays, eitherDay }: Calendar, date: Date): boolean {
  if (years && !years.has(date.getUTCFullYear())) return false;
  if (!months.has(date.getUTCMonth() + 1)) return false;
  const [inMonth, inWeek] = [days.has(date.getUTCDate()), weekdays.has(date.getUTCDay())];
  return eitherDay ? inMonth || inWeek : inMonth && inWeek;
}

/** Within a day, in milliseconds from its start. */
function firstAfter({ hours, minutes, seconds }: Calendar, after: number): number | undefined {
  for (const hour of hours) {
    if ((hour + 1) * 3_600_000 <= after) continue;
    for (const minute of minutes) {
      for (const second of seconds) {
        const time = ((hour * 60 + minute) * 60 + second) * 1000;
        if (time > after) return time;
      }
    }
  }
  return undefined;
}

const UNITS: Readonly<Record<string, number>> = {
  ...{ ms: 1, "": 1000, s: 1000, sec: 1000, second: 1000, seconds: 1000 },
  ...{ m: 60_000, min: 60_000, minute: 60_000, minutes: 60_000 },
  ...{ h: 3_600_000, hr: 3_600_000, hour: 3_600_000, hours: 3_600_000 },
  ...{ d: DAY_MS, day: DAY_MS, days: DAY_MS, w: 7 * DAY_MS, week: 7 * DAY_MS, weeks: 7 * DAY_MS },
};

/** `90`, `5min`, `1h 30min` in milliseconds, as systemd reads them; undefined for what is none. */
export function parseTimeSpan(text: string): number | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const parts = [...text.matchAll(/(\d{1,9}(?:\.\d{1,3})?)\s?([a-z]{0,7})/g)];
  const read = parts.map(([part]) => part).join("");
  if (parts.length === 0 || read.replace(/\s/g, "") !== text.replace(/\s/g, "")) return undefined;
  let sum = 0;
  for (const [, number, unit = ""] of parts) {
    const length = named(UNITS, unit);
    if (length === undefined) return undefined;
    sum += Number(number) * length;
  }
  return sum;
}
