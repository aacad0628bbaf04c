import { expect, test } from "vitest";
import { runStall } from "./stall.ts";
import { STALL_LAYERS } from "./stall-places.ts";

const options = { seed: 1, signal: new AbortController().signal };

test("no text holds an agent or the console: STOP is heard meanwhile", { timeout: 300_000 }, async () => {
  const { findings, cases, figures } = await runStall(options, (_, at, place) => (at + place) % 18 === 0);
  expect(findings).toEqual([]);
  expect(cases).toBeGreaterThan(60);
  expect(figures?.["worst_block_ms"]).toBeGreaterThan(0);
});

/** Each is slow where a guard is missing, in one of the first places: pages, and what commands print. */
const SLOW = ["line breaks", "JSON escapes", "one style rule"];
const FIRST_PLACES = 5;

test.each(STALL_LAYERS)("without %s there is harm", { timeout: 300_000 }, async (without) => {
  const { harm } = await runStall({ ...options, without }, (shape, _, place) => {
    return place < FIRST_PLACES && SLOW.includes(shape);
  });
  expect(harm).toBeGreaterThan(0);
});
