import { expect, test } from "vitest";
import { measureRate } from "./rate.ts";

/** Figures of a machine with other work prove nothing; that each is measured, and not far off, does. */
test("measures requests a second, the start, memory and the state's way back, and leaves nothing", async () => {
  const figures = await measureRate(new AbortController().signal, 0.5);
  expect(figures.readsPerSecond).toBeGreaterThan(20);
  expect(figures.changesPerSecond).toBeGreaterThan(5);
  expect(figures.startSeconds).toBeGreaterThan(0.5);
  expect(figures.pssMb).toBeGreaterThan(30);
  expect(figures.pssMb).toBeLessThan(500);
  expect(figures.restoreMs).toBeLessThan(1000);
}, 120_000);
