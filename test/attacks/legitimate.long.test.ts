import { expect, test } from "vitest";
import { runLegitimate } from "./legitimate.ts";

test("ordinary calls succeed, the recorded ones that are still allowed among them", async () => {
  const { failures, cases, ok } = await runLegitimate({ every: 8, signal: new AbortController().signal });
  expect(failures).toEqual([]);
  expect(ok).toBe(cases);
  expect(cases).toBeGreaterThan(300);
}, 240_000);
