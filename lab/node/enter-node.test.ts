import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

it("is Perl without a warning", () => {
  const { status, stderr } = spawnSync("perl", ["-wc", `${import.meta.dirname}/enter-node.pl`], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, expect.stringMatching(/syntax OK\n$/)]);
});
