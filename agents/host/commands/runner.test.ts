import { execFileSync, spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("the runner is a program that perl accepts, without a warning", () => {
  const { status, stderr } = spawnSync("perl", ["-wc", `${import.meta.dirname}/runner.pl`], {
    encoding: "utf8",
  });
  expect({ status, stderr: stderr.replace(/^\S+ /, "") }).toEqual({ status: 0, stderr: "syntax OK\n" });
});

test("it starts nothing without a folder for what it has to say", () => {
  const run = () =>
    execFileSync("perl", [`${import.meta.dirname}/runner.pl`, "/nonexistent"], { stdio: "pipe" });
  expect(run).toThrow();
});
