import { expect, test } from "vitest";
import { runArguments } from "./arguments.ts";
import { ARGUMENT_LAYERS } from "./arguments-world.ts";

const options = { seed: 1, signal: new AbortController().signal };

test("no argument, module or playbook does more than it says, and the recorded ways around are refused (F59, F64, F66, F67)", async () => {
  const { findings, cases, refused } = await runArguments(options, 7);
  expect(findings).toEqual([]);
  expect(cases).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(100);
}, 120_000);

test.each(ARGUMENT_LAYERS)(
  "without %s there is harm",
  async (without) => {
    expect((await runArguments({ ...options, without }, 5)).harm).toBeGreaterThan(0);
  },
  120_000,
);
