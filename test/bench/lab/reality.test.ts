import { expect, test } from "vitest";
import { didLess } from "../../../agents/testing/did-less.ts";
import { canMountPmxcfs } from "../../../lab/machines/mount-pmxcfs.ts";
import { judgeReality, REALITY_CHECKS } from "./reality.ts";

test("at least 40 things hold that a lab of text would fail", async () => {
  if (!canMountPmxcfs())
    didLess("nothing is written into a node's /etc/pve: /dev/fuse is not there for this user");
  expect(REALITY_CHECKS.length).toBeGreaterThanOrEqual(40);
  expect(await judgeReality(new AbortController().signal)).toMatchObject({ failed: [] });
}, 240_000);
