import { expect, test } from "vitest";
import type { Tally } from "./attack-class.ts";
import { judge, run } from "./attacks.ts";

const harmless: Tally = { cases: 5, harm: 0, refused: 3, findings: [] };
const usable = { cases: 2, ok: 2, failures: [] };

test("figures name each class and the ordinary calls", () => {
  expect(judge({ paths: harmless }, usable, 7)).toEqual({
    ok: true,
    figures: {
      seed: 7,
      classes: { paths: { cases: 5, harm: 0, refused: 3 } },
      legitimate: { cases: 2, ok: 2 },
    },
  });
});

test.each([
  ["harm", { ...harmless, harm: 1 }, usable],
  ["a class that refuses what must pass", { ...harmless, missed: "half of what only reads" }, usable],
  ["a class without cases", { ...harmless, cases: 0 }, usable],
  ["an ordinary call that fails", harmless, { ...usable, ok: 1 }],
  ["no ordinary call", harmless, { cases: 0, ok: 0, failures: [] }],
])("%s is a failure", (_, tally, ordinary) => {
  expect(judge({ paths: tally }, ordinary, 7).ok).toBe(false);
});

test("nothing tried is a failure", () => {
  expect(judge({}, undefined, 7).ok).toBe(false);
});

test.each([
  ["--only", "nothing"],
  ["--without", "nothing"],
  ["--seed", "x"],
])("%s %s is refused", async (...args) => {
  await expect(run(args, new AbortController().signal)).rejects.toMatchObject({ code: "bad_arguments" });
});
