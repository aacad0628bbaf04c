import { expect, test } from "vitest";
import { runTerminal } from "./terminal.ts";
import { TERMINAL_LAYERS } from "./terminal-screens.ts";

const options = { seed: 1, signal: new AbortController().signal };

test("nothing that agents or hosts say acts on the operator's terminal (F18)", async () => {
  const { findings, harm, cases } = await runTerminal(options, 600);
  expect(findings).toEqual([]);
  expect(harm).toBe(0);
  expect(cases).toBe(630);
});

test.each(TERMINAL_LAYERS)("without %s there is harm", async (without) => {
  const tally = await runTerminal({ ...options, without }, 20);
  expect(tally.harm).toBeGreaterThan(0);
});
