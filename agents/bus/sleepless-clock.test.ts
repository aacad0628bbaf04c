import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { longestBetween, type Moment, now } from "./sleepless-clock.ts";

const start: Moment = { monotonicMs: 1_000, wallMs: 1_700_000_000_000, bootMs: 5_000 };
const later = (monotonicMs: number, wallMs: number, bootMs: number | undefined): Moment => ({
  monotonicMs: start.monotonicMs + monotonicMs,
  wallMs: start.wallMs + wallMs,
  bootMs: bootMs === undefined ? undefined : 5_000 + bootMs,
});

test.each([
  ["nothing happens", later(20, 20, 20), 20],
  ["the machine sleeps", later(20, 60_000, 60_000), 60_000],
  ["the machine sleeps, and its wall clock is set back", later(20, -60_000, 60_000), 60_000],
  ["a virtual machine is frozen: only the wall goes on", later(20, 60_000, 20), 60_000],
  ["only the wall clock is set back", later(20, -60_000, 20), 20],
  ["it sleeps where the kernel hides its clock", later(20, 60_000, undefined), 60_000],
  ["the wall is set back where the kernel hides its clock", later(20, -60_000, undefined), Infinity],
])("while %s", (_, to, expected) => {
  const from = to.bootMs === undefined ? { ...start, bootMs: undefined } : start;
  expect(longestBetween(from, to)).toBe(expected);
});

test("on this machine all three clocks are read, and go on", async () => {
  const from = now();
  await sleep(30);
  expect(from.bootMs).toBeGreaterThan(0);
  expect(longestBetween(from, now())).toBeGreaterThanOrEqual(29);
});
