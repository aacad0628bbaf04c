import { expect, test } from "vitest";
import { inert } from "../../client/terminal-safe.ts";
import { columnsOf } from "../../client/text-width.ts";
import { runTerminal } from "./terminal.ts";
import { columnsOf as columnsAtMost } from "./terminal-judge.ts";
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

test("each character is given the columns that any terminal takes for it", () => {
  const narrower = Array.from({ length: 0x110000 - 0x20 }, (_, index) => 0x20 + index)
    .filter((code) => code < 0xd800 || code > 0xdfff)
    .filter((code) => {
      const shown = inert(String.fromCodePoint(code));
      return columnsOf(shown) < columnsAtMost(shown);
    });
  expect(narrower.map((code) => `U+${code.toString(16)}`)).toEqual([]);
});
