import { expect, test } from "vitest";
import type { Activity } from "../agents/protocol/message.ts";
import { ours } from "../agents/redact/redacted.ts";
import { Team } from "./team.ts";

const base = { kind: "activity", detail: ours(""), step: 0, queued: 0, since: 1_000 } as const;
const builder: Activity = {
  ...base,
  role: "DevOps_Builder",
  state: "tool",
  detail: ours("run_shell\x1b[2J"),
  step: 9,
  queued: 2,
};
const architect: Activity = { ...base, role: "Architect_Zero", state: "thinking", step: 3 };

test("the status row names who is at work, with step, seconds and queue, inert (F18)", () => {
  const team = new Team();
  team.note(builder, 4_000);
  team.note(architect, 4_000);
  team.note({ ...base, role: "QA_Tester", state: "idle" }, 4_000);
  expect(team.statusLine(5_500)).toBe(
    "Architect_Zero thinking step 3 4 s · DevOps_Builder run_shell\\x1b[2J step 9 4 s +2 queued",
  );
});

test("the table tells who was never seen and who is silent", () => {
  const team = new Team();
  team.note(architect, 4_000);
  team.note({ ...builder, detail: ours("run_shell") }, 20_000);
  expect(team.table(21_000).split("\n")).toEqual([
    "role               state              step  seconds  queued",
    "Architect_Zero     not seen for 17 s",
    "DevOps_Builder     run_shell          9     20       2",
    "Security_Sentinel  not seen",
    "QA_Tester          not seen",
  ]);
  expect(team.statusLine(21_000)).not.toContain("Architect_Zero");
});
