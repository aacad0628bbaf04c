/**
 * Time that goes on while the machine sleeps, for promises that others hold us to: Node's own clock (CLOCK_MONOTONIC)
 * stands still then, and Redis, which counts by the wall, lets a lease run out meanwhile.
 */
import { readFileSync } from "node:fs";

/** One moment on three clocks, in milliseconds. */
export type Moment = {
  monotonicMs: number;
  wallMs: number;
  /** CLOCK_BOOTTIME; undefined where the kernel does not show it. */
  bootMs: number | undefined;
};

/** A wall clock that goes back by more than this has been set. */
const BACKWARD_MS = 100;

export function now(): Moment {
  return { monotonicMs: performance.now(), wallMs: Date.now(), bootMs: readBootClock() };
}

/**
 * The longest time that may have passed: one clock that jumps ahead is enough. Infinity where only the wall could have
 * told of a sleep, and it was set back.
 */
export function longestBetween(from: Moment, to: Moment): number {
  const monotonicMs = to.monotonicMs - from.monotonicMs;
  const wallMs = to.wallMs - from.wallMs;
  if (from.bootMs !== undefined && to.bootMs !== undefined)
    return Math.max(monotonicMs, wallMs, to.bootMs - from.bootMs);
  return wallMs < monotonicMs - BACKWARD_MS ? Number.POSITIVE_INFINITY : Math.max(monotonicMs, wallMs);
}

function readBootClock(): number | undefined {
  try {
    const seconds = Number.parseFloat(readFileSync("/proc/uptime", "latin1"));
    return Number.isNaN(seconds) ? undefined : seconds * 1_000;
  } catch {
    return undefined; // not Linux, or hidden: longestBetween then fails closed
  }
}
