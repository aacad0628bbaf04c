import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PROJECT_DIR } from "./team/project.ts";

let checkout: string;
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "ci with space "));
  mkdirSync(join(checkout, ".ci"));
  cpSync(join(PROJECT_DIR, ".ci/run"), join(checkout, ".ci/run"));
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

/** Runs CI with a stand-in for ./minilab; `$*` are its arguments. */
function runCi(minilab: string): { exitCode: number | null; lastLine: string | undefined } {
  const { exitCode, lines } = linesOfCi(minilab);
  return { exitCode, lastLine: lines.at(-1) };
}

function linesOfCi(minilab: string): { exitCode: number | null; lines: string[] } {
  writeFileSync(join(checkout, "minilab"), `#!/bin/sh\n${minilab}\n`);
  chmodSync(join(checkout, "minilab"), 0o755);
  const { status, stdout } = spawnSync(join(checkout, ".ci/run"), { cwd: "/", encoding: "utf8" });
  return { exitCode: status, lines: stdout.trim().split("\n") };
}

const BENCHES = readFileSync(join(PROJECT_DIR, ".ci/run"), "utf8").match(/^target /gm)?.length ?? 0;

test("the last line of CI is the sum of the suite, the long tests, the containers, a bare Debian and the benchmarks", () => {
  const minilab = `case "$*" in test) echo noise; echo "40 passed, 0 failed";; *) echo "8 passed, 0 failed";; esac`;
  expect(BENCHES).toBeGreaterThan(0);
  expect(runCi(minilab)).toEqual({ exitCode: 0, lastLine: `${64 + BENCHES} passed, 0 failed` });
});

test("a failure in any part fails CI", () => {
  const minilab = `case "$*" in test) echo "40 passed, 0 failed";; bench*) ;; *) echo "5 passed, 3 failed"; exit 1;; esac`;
  expect(runCi(minilab)).toEqual({ exitCode: 1, lastLine: `${55 + BENCHES} passed, 9 failed` });
});

test("a part that crashes without a sum, or with a sum that hides it, is a failure", () => {
  const minilab = `case "$*" in test) echo "40 passed, 0 failed"; exit 1;; *) echo crashed; exit 0;; esac`;
  expect(runCi(minilab)).toEqual({ exitCode: 1, lastLine: `${40 + BENCHES} passed, 4 failed` });
});

test("a benchmark that missed its targets is a failure", () => {
  const minilab = `case "$*" in bench*) echo "9 passed, 0 failed"; exit 1;; *) echo "4 passed, 0 failed";; esac`;
  expect(runCi(minilab)).toEqual({ exitCode: 1, lastLine: `16 passed, ${BENCHES} failed` });
});

test("what failed is said again at the end, with the time of each part", () => {
  const { lines } = linesOfCi(
    `case "$*" in "bench lab --cli") echo "a guest is gone"; exit 1;; *) echo "4 passed, 0 failed";; esac`,
  );
  const told = lines.slice(lines.findLastIndex((line) => line.startsWith("== ")));
  expect(told.slice(0, 2)).toEqual(["== bench lab --cli ended with 1:", "a guest is gone"]);
  expect(told.slice(2, -1)).toHaveLength(4 + BENCHES);
});
