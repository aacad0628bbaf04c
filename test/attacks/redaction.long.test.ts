import { expect, test } from "vitest";
import { runRedaction } from "./redaction.ts";
import { REDACTION_LAYERS } from "./redaction-weakness.ts";

const options = { seed: 1, signal: new AbortController().signal };

test("no form of a secret leaves by any way, wherever it is divided (F59, F69, F70)", async () => {
  const { findings, harm, cases, refused } = await runRedaction(options, { secrets: 2, splits: 4 });
  expect(findings).toEqual([]);
  expect(harm).toBe(0);
  expect(cases).toBeGreaterThan(700);
  expect(refused).toBeGreaterThan(cases * 0.8);
}, 120_000);

test.each(REDACTION_LAYERS)(
  "without %s there is harm",
  async (without) => {
    const tally = await runRedaction({ ...options, without }, { secrets: 1, splits: 3 });
    expect(tally.harm).toBeGreaterThan(0);
  },
  120_000,
);
