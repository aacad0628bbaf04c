import { expect, test } from "vitest";
import type { CallReport } from "../agents/protocol/call-report.ts";
import { ours } from "../agents/redact/redacted.ts";
import { callEntry, isWatched } from "./call-entry.ts";

const call: CallReport = {
  ...{ kind: "call", role: "DevOps_Builder", tool: ours("run_ssh"), target: ours("pve1") },
  ...{ gist: ours("qm list"), outcome: "ok", exitCode: 0, changes: "nothing", cause: ours(""), ms: 1_234 },
  ...{ messageId: "m.User", callId: "1.1" },
};

const textOf = (change: Partial<CallReport>, number?: number) =>
  callEntry({ ...call, ...change }, number).text;

test("a call is one line: tool, target, command, outcome, seconds, number (R50)", () => {
  expect(textOf({}, 12)).toBe("run_ssh pve1: qm list · ok · 1.2 s [12]");
  expect(textOf({ changes: "infrastructure" })).toBe("* run_ssh pve1: qm list · ok · 1.2 s");
  expect(textOf({ changes: "workspace" })).toBe("+ run_ssh pve1: qm list · ok · 1.2 s");
  expect(textOf({ tool: ours("run_shell"), target: ours("ls"), gist: ours("ls -la") })).toBe(
    "run_shell: ls -la · ok · 1.2 s",
  );
});

test("a failure is red, with its exit code and its first line (R50)", () => {
  const failed = { outcome: "failed", exitCode: 2, cause: ours("no such vm") } as const;
  expect(textOf(failed, 3)).toBe("run_ssh pve1: qm list · failed (exit code 2) · 1.2 s [3]: no such vm");
  expect(callEntry({ ...call, ...failed }).style).toBe("failure");
});

test("a command is shown in 60 characters, inert, and paths are the operator's (R50, R52)", () => {
  const long = textOf({ gist: ours(`x\x1b[2J${"y".repeat(100)}`) });
  expect(long).toContain("x\\x1b[2Jyyy");
  expect(/: (.*) · ok/.exec(long)?.[1]).toHaveLength(60);
  expect(textOf({ target: ours("/app/infra/web"), gist: ours("apply") })).toContain(
    " generated_iac/infra/web: apply",
  );
});

test.each([
  ["off", false, false, false],
  ["changes", false, true, true],
  ["all", true, true, true],
] as const)(
  "/watch %s shows reading %s, changes %s, failures %s (R50)",
  (watch, reading, changes, failures) => {
    expect([
      isWatched(call, watch),
      isWatched({ ...call, changes: "workspace" }, watch),
      isWatched({ ...call, outcome: "refused" }, watch),
    ]).toEqual([reading, changes, failures]);
  },
);
