import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { auditProblem, NO_LINE, parseAuditLine } from "../protocol/audit.ts";
import { redacted } from "../redact/redacted.ts";
import { AuditFile, auditPath } from "./audit-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "minilab-audit-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => auditPath(folder, "DevOps_Builder");
const lines = () => readFileSync(file(), "utf8").split("\n").slice(0, -1);
const open = () => new AuditFile(folder, "DevOps_Builder");

/** The first line that does not follow, counted from 1. */
function firstBroken(texts: readonly string[]): number | undefined {
  let head = NO_LINE;
  for (const [index, text] of texts.entries()) {
    const entry = parseAuditLine(text);
    if (auditProblem(head, entry) !== undefined) return index + 1;
    head = entry ?? head;
  }
  return undefined;
}

test("each line follows the one before it, through a later life of the writer", () => {
  const first = open();
  first.append("intent", { tool: redacted`run_ssh` });
  first.append("outcome", { kind: redacted`ok` });
  open().append("intent", { tool: redacted`run_terraform` });
  expect(lines().map((line) => parseAuditLine(line)?.n)).toEqual([1, 2, 3]);
  expect(firstBroken(lines())).toBeUndefined();
});

test.each([
  ["changed", (all: string[]) => all.with(1, (all[1] ?? "").replace("run_ssh", "run_ssx"))],
  ["left out", (all: string[]) => all.toSpliced(1, 1)],
  ["put in", (all: string[]) => all.toSpliced(1, 0, all[0] ?? "")],
])("a line that is %s is found at its place", (_, change) => {
  for (let at = 0; at < 4; at++) open().append("intent", { tool: redacted`run_ssh`, at });
  expect(firstBroken(change(lines()))).toBe(2);
});

test("a line that a crash has torn is taken off and told, and the chain goes on", () => {
  open().append("intent", { tool: redacted`run_ssh` });
  appendFileSync(file(), '{"n":2,"at":"2026');
  open().append("outcome", { kind: redacted`ok` });
  const found = lines().map((line) => parseAuditLine(line));
  expect(found.map((entry) => entry?.kind)).toEqual(["intent", "gap", "outcome"]);
  expect(found[1]?.about).toMatchObject({ bytes: 17 });
  expect(firstBroken(lines())).toBeUndefined();
});

test("nothing is added behind a last line that was altered", () => {
  open().append("intent", { tool: redacted`run_ssh` });
  writeFileSync(file(), readFileSync(file(), "utf8").replace("run_ssh", "run_ssx"));
  expect(() => open().append("outcome", { kind: redacted`ok` })).toThrow(/altered/);
});
