import { expect, test } from "vitest";
import type { CallReport } from "../protocol/call-report.ts";
import { encodeCallReport, parseCallReport } from "../protocol/call-report.ts";
import { createRedactor } from "../redact/redact.ts";
import { ours, redacted } from "../redact/redacted.ts";
import { createMemoryBus } from "../testing/memory-bus.ts";
import type { ToolResult } from "../tools/tool.ts";
import { gistOf, reportCalls } from "./call-report.ts";
import type { ToolCall } from "./events.ts";

const call: ToolCall = {
  ...{ id: "2.1", step: 2, tool: ours("run_ssh"), target: ours("pve1"), effect: "infrastructure" },
  args: { host: ours("pve1"), command: ours("qm set 9101\n  --memory 1024"), timeout_s: 120 },
};
const failed: ToolResult = {
  ...{ kind: "failed", exitCode: 2, truncated: false, artifact: null },
  ...{ stdout: ours("one\ntwo\n"), stderr: redacted`` },
};

function reported(result: ToolResult, of: Partial<ToolCall> = {}): CallReport {
  const bus = createMemoryBus();
  const seen: CallReport[] = [];
  bus.watch((event) => event.kind === "call" && seen.push(event));
  const listener = reportCalls(bus, "DevOps_Builder");
  listener({ kind: "tool_ended", call: { ...call, ...of }, result, durationMs: 1_234.5 });
  expect(seen).toHaveLength(1);
  return seen[0] as CallReport;
}

test("the operator is told what was done where, and how it ended (R50)", () => {
  expect(reported(failed)).toMatchObject({
    ...{ tool: "run_ssh", target: "pve1", gist: "qm set 9101 --memory 1024", changes: "infrastructure" },
    ...{ outcome: "failed", exitCode: 2, ms: 1_235, cause: "two", callId: "2.1" },
  });
});

test("the cause is the first line of the errors, else the last of the output; a success has none (R50)", () => {
  expect(reported({ ...failed, stderr: ours("\n  Error: no such vm\nmore") }).cause).toBe(
    "Error: no such vm",
  );
  expect(reported({ ...failed, kind: "ok" }).cause).toBe("");
  expect(reported({ ...failed, stderr: ours("x".repeat(5_000)) }).cause).toHaveLength(200);
});

test("what was refused has changed nothing (R50)", () => {
  expect(reported({ ...failed, kind: "refused" }).changes).toBe("nothing");
  expect(reported(failed, { effect: "workspace" }).changes).toBe("workspace");
});

test.each<[ToolCall["args"], string]>([
  [{ playbook: ours("/app/config/a.yml"), check: true, diff: false, limit: ours("pve1") }, "check, pve1"],
  [{ command: ours("plan"), dir: ours("/app/infra/web"), destroy: true }, "plan, destroy"],
  [{ path: ours("/app/docs/a.md"), content: ours("long") }, ""],
  [{ command: ours("y".repeat(500)) }, "y".repeat(120)],
])("what a call does, out of %j", (args, gist) => expect(gistOf(args)).toBe(gist));

test("on the wire it is bounded, checked, and redacted by who hears it", () => {
  const report = { ...reported(failed), gist: ours("login hunter2-secret"), messageId: "m.User" };
  const heard = parseCallReport(encodeCallReport(report), createRedactor(["hunter2-secret"]));
  expect(heard).toMatchObject({ outcome: "failed", callId: "2.1" });
  expect(heard?.gist).not.toContain("hunter2");
  const none = createRedactor([]);
  for (const wrong of [{ gist: "x".repeat(121) }, { role: "Root" }, { callId: "../x" }, { messageId: "x y" }])
    expect(parseCallReport(encodeCallReport({ ...report, ...wrong } as CallReport), none)).toBeUndefined();
});
