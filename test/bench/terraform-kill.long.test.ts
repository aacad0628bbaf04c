import { expect, test } from "vitest";
import { run } from "./terraform-kill.ts";

test("applies that are killed at any instant take effect at most once, and are reported (F51)", async () => {
  const { ok, figures } = await run(["--kills", "4", "--seed", "1"], new AbortController().signal);
  expect(figures).toMatchObject({ kills: 4, lost: 0, unreported: 0 });
  expect(ok).toBe(true);
}, 120_000);
