import { expect, test } from "vitest";
import { run } from "./restart.ts";

const signal = new AbortController().signal;

test("after three restarts at random instants nothing is lost, and nothing that was stopped runs (O01, R01)", async () => {
  const { ok, figures } = await run(["--restarts", "3"], signal);
  expect(figures).toMatchObject({ restarts: 3, lost: 0, revived: 0, acknowledged: { dead_letters: 1 } });
  expect(ok).toBe(true);
}, 180_000);

test("with the rights that the user default once had, one restart shows what is lost (R01, R02)", async () => {
  const { ok, figures } = await run(["--restarts", "3", "--without", "acl"], signal);
  expect(ok).toBe(false);
  expect(figures["lost"]).toBeGreaterThan(5);
  expect(figures["refusal"]).toContain("could not load");
}, 180_000);

test("an unknown weakness is refused", async () => {
  await expect(run(["--without", "luck"], signal)).rejects.toMatchObject({ code: "bad_arguments" });
});
