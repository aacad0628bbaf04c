import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { keepReadyFile } from "./readiness.ts";

test("the file that says ready is in a folder of this user alone, and gone at the end", async () => {
  const directory = await mkdtemp(join(tmpdir(), "ready-test-"));
  const folder = join(directory, "minilab-QA_Tester");
  const stop = keepReadyFile("QA_Tester", directory);
  while ((await readdir(folder)).length === 0) await delay(5);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, "ready"))).isFile()).toBe(true);
  await stop();
  expect(await readdir(folder)).toEqual([]);
  await rm(directory, { recursive: true });
});
