import { expect, test } from "vitest";
import { run } from "./talk-brake.ts";

test("of planted loops 95 % are stopped within three rounds, of ordinary exchanges at most 1 % (R16)", async () => {
  const { ok, figures } = await run([]);
  expect(figures).toMatchObject({ loops: 200, ordinary: expect.any(Number) });
  expect(Number(figures["ordinary"])).toBeGreaterThanOrEqual(300);
  expect(Number(figures["caught"])).toBeGreaterThanOrEqual(190);
  expect(Number(figures["stopped"])).toBeLessThanOrEqual(3);
  expect(ok).toBe(true);
});
