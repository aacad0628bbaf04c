import { expect, test } from "vitest";
import { runSsrf } from "./ssrf.ts";
import { SSRF_LAYERS } from "./ssrf-fetch.ts";

const options = { seed: 1, signal: new AbortController().signal };

test("no form of address, name or redirect leads to a private place, and no hidden word to the model (F60)", async () => {
  const { findings, cases, refused } = await runSsrf(options, 9); // all of them: bench attacks
  expect(findings).toEqual([]);
  expect(cases).toBeGreaterThan(120);
  expect(refused).toBeGreaterThan(100);
}, 300_000);

test.each(SSRF_LAYERS)(
  "without %s there is harm",
  async (without) => {
    const { harm, findings } = await runSsrf({ ...options, without }, 9);
    expect(harm).toBeGreaterThan(0);
    const isPage = findings.every((line) => /^(?:style|markup|characters|plain)-/.test(line));
    expect(isPage).toBe(without === "hidden-text");
  },
  120_000,
);
