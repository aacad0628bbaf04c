import { describe, expect, it } from "vitest";
import { nextTime, parseCronTime, parseOnCalendar, parseTimeSpan } from "./calendar.ts";

const AFTER = Date.UTC(2026, 0, 30, 13, 7, 30); // a Friday
const next = (calendar: ReturnType<typeof parseOnCalendar>) =>
  calendar && new Date(nextTime(calendar, AFTER) ?? Number.NaN).toISOString().slice(0, 19);

describe("OnCalendar", () => {
  it.each([
    ["daily", "2026-01-31T00:00:00"],
    ["hourly", "2026-01-30T14:00:00"],
    ["weekly", "2026-02-02T00:00:00"],
    ["monthly", "2026-02-01T00:00:00"],
    ["*-*-* 04:05:06", "2026-01-31T04:05:06"],
    ["*:0/15", "2026-01-30T13:15:00"],
    ["*-*-* *:*:00/20", "2026-01-30T13:07:40"],
    ["Mon..Fri 13:00", "2026-02-02T13:00:00"],
    ["Sat,Sun *-*-* 10:00", "2026-01-31T10:00:00"],
    ["*-02-29 00:00", "2028-02-29T00:00:00"],
    ["2026-03-04 05:06", "2026-03-04T05:06:00"],
  ])("%s falls on %s", (text, expected) => {
    expect(next(parseOnCalendar(text))).toBe(expected);
  });

  it.each(["never", "25:00", "*-13-* 00:00", "Foo 10:00", "10:00 Europe/Berlin", "x".repeat(10_000)])(
    "does not understand %.20s",
    (text) => expect(parseOnCalendar(text)).toBeUndefined(),
  );

  it("has no next time for a day that no year has", () => {
    const calendar = parseOnCalendar("*-02-30 00:00");
    expect(calendar && nextTime(calendar, AFTER)).toBeUndefined();
  });
});

describe("cron's fields", () => {
  it.each([
    ["*/5 * * * *", "2026-01-30T13:10:00"],
    ["0 4 * * 0", "2026-02-01T04:00:00"],
    ["0 4 * * 7", "2026-02-01T04:00:00"],
    ["0 4 13 * fri", "2026-02-06T04:00:00"],
    ["30 6 1 jan *", "2027-01-01T06:30:00"],
    ["@daily", "2026-01-31T00:00:00"],
  ])("%s fall on %s", (text, expected) => {
    expect(next(parseCronTime(text))).toBe(expected);
  });

  it.each(["* * * *", "60 * * * *", "a * * * *", "@reboot", "*/0 * * * *"])("%s are none", (text) => {
    expect(parseCronTime(text)).toBeUndefined();
  });
});

it.each([
  ["30", 30_000],
  ["5min", 300_000],
  ["1h 30min", 5_400_000],
  ["2 days", 172_800_000],
  ["0.5s", 500],
])("a span of %s is %d ms", (text, expected) => {
  expect(parseTimeSpan(text)).toBe(expected);
});

it.each(["", "soon", "5 parsecs", "-3s", "1h x"])("'%s' is no span", (text) => {
  expect(parseTimeSpan(text)).toBeUndefined();
});
