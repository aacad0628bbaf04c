import { expect, test } from "vitest";
import { runApart } from "./run-apart.ts";

const { signal } = new AbortController();

test("classes in processes of their own are counted together; one that ends without a report is not ok", async () => {
  expect(await runApart(["forged-turns"], 7, signal)).toEqual({
    ok: true,
    figures: { seed: 7, classes: { "forged-turns": { cases: 600, harm: 0, refused: 0 } } },
  });
  const { ok, figures } = await runApart(["forged-turns", "nothing"], 7, signal);
  expect(ok).toBe(false);
  expect(figures["classes"]).toMatchObject({
    "forged-turns": { cases: 600 },
    nothing: expect.stringContaining("no report, exit code "),
  });
}, 60_000);

test("no class at all is not ok", async () => {
  expect(await runApart([], 7, signal)).toMatchObject({ ok: false });
});
