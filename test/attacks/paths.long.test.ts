import { expect, test } from "vitest";
import { runPaths } from "./paths.ts";
import { PATH_LAYERS } from "./paths-hands.ts";

const options = { seed: 1, signal: new AbortController().signal };

test("no path leads a file tool to a secret or out of its roots, also while links change places (F34, F61, F62)", async () => {
  const { findings, harm, cases, refused } = await runPaths(options, { strings: 600, races: 200 });
  expect(findings).toEqual([]);
  expect(harm).toBe(0);
  expect(cases).toBe(600 * (4 + 3) + 200);
  expect(refused).toBeGreaterThan(1_000);
}, 120_000);

test.each(PATH_LAYERS)("without %s there is harm", async (without) => {
  const tally = await runPaths(
    { ...options, without },
    { strings: 400, races: without === "no-follow" ? 200 : 0 },
  );
  expect(tally.harm).toBeGreaterThan(0);
});
