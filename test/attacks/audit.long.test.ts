import { expect, test } from "vitest";
import { auditLines, runAudit } from "./audit.ts";
import { AUDIT_LAYERS } from "./audit-world.ts";

const options = { seed: 1, signal: new AbortController().signal };

test("no line that QA_Tester runs on a node changes anything, and true reads pass (F33)", async () => {
  const { findings, cases, refused, figures, missed } = await runAudit(options, 7);
  expect(findings).toEqual([]);
  expect(missed).toBeUndefined();
  expect(figures?.["true_reads"]).toBeGreaterThan(50);
  expect(refused).toBeGreaterThan(cases / 2);
}, 240_000);

test("at least 400 lines hide a change, and at least 300 only read", () => {
  const kinds = auditLines().map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === "write").length).toBeGreaterThan(400);
  expect(kinds.filter((kind) => kind === "read").length).toBeGreaterThan(300);
});

test.each(AUDIT_LAYERS)(
  "without the %s there is harm",
  async (without) => {
    expect((await runAudit({ ...options, without }, 5)).harm).toBeGreaterThan(0);
  },
  120_000,
);
