import { expect, test } from "vitest";
import { runForgedTurns } from "./forged-turns.ts";
import { FORGED_TURN_LAYERS } from "./forged-turns-model.ts";

const options = { seed: 1, signal: new AbortController().signal };

test("no text opens a turn of another, wherever it comes from (F15)", async () => {
  const { findings, harm, cases } = await runForgedTurns(options, 1);
  expect(findings).toEqual([]);
  expect(harm).toBe(0);
  expect(cases).toBeGreaterThanOrEqual(500);
});

test.each(FORGED_TURN_LAYERS)("without %s there is harm", async (without) => {
  expect((await runForgedTurns({ ...options, without }, 10)).harm).toBeGreaterThan(0);
});
