import { chmodSync, mkdtempSync, readdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { didLess } from "../agents/testing/did-less.ts";
import { asTable } from "./bench.ts";
import { makeWorkspace, missingParts } from "./team/missing-parts.ts";
import { readReport, skippedTests } from "./vitest-report.ts";

const file = (status: string, ...assertions: string[]) => ({
  status,
  assertionResults: assertions.map((each) => ({ status: each })),
});

test("the sum counts every test, and a file that did not load as one failure", () => {
  const json = JSON.stringify({
    numPassedTests: 5,
    numFailedTests: 1,
    testResults: [file("passed", "passed"), file("failed", "failed", "passed"), file("failed")],
  });
  expect(readReport(json)).toEqual({ passed: 5, failed: 2 });
});

test("a test that did not run is named", () => {
  const results = [
    { status: "passed", fullName: "one" },
    { status: "skipped", fullName: "two" },
    { status: "pending", fullName: "three" },
  ];
  const testResults = [{ status: "passed", assertionResults: results }];
  const json = JSON.stringify({ numPassedTests: 1, numFailedTests: 0, testResults });
  expect(skippedTests(json)).toEqual(["skipped: two", "pending: three"]);
});

test("no report at all is a failure", () => {
  expect(readReport("")).toEqual({ passed: 0, failed: 1 });
  expect(readReport('{"numPassedTests": 3}')).toEqual({ passed: 0, failed: 1 });
});

test("figures become one row each, named by their path", () => {
  expect(asTable({ step: { ms: 2.9 }, ok: true })).toBe("  step.ms  2.9\n  ok       true");
});

test("without settings it is a rehearsal, and says so", () => {
  expect(missingParts({})).toMatchObject({ lab: true, scriptedModel: true });
  expect(missingParts({}).banner).toContain("REHEARSAL");
});

test("a key without nodes is a real model on the simulated cluster; with nodes nothing is simulated", () => {
  expect(missingParts({ OPENAI_API_KEY: "k" })).toMatchObject({ lab: true, scriptedModel: false });
  expect(
    missingParts({ OPENAI_API_BASE: "http://127.0.0.1:1234/v1", PROXMOX_NODES: "pve1=10.0.0.1" }),
  ).toEqual({
    lab: false,
    scriptedModel: false,
  });
});

if (process.getuid?.() === 0) {
  test("a checkout of another user is refused with the owner and the remedy, before anything starts", () => {
    const directory = mkdtempSync(join(tmpdir(), "foreign "));
    chmodSync(directory, 0o755);
    process.seteuid?.(65_534);
    try {
      expect(() => makeWorkspace(directory)).toThrow(/belongs to the user 0.*Remedy: sudo chown -R/);
    } finally {
      process.seteuid?.(0);
    }
    expect(readdirSync(directory)).toEqual([]);
    rmdirSync(directory);
  });
} else didLess("no checkout of another user was refused: run the tests as root");

test("a script never runs against real nodes", () => {
  expect(() => missingParts({ PROXMOX_NODES: "pve1=10.0.0.1" })).toThrow(/there is no model/);
});
