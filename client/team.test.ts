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

test("the status row names who is at work, with what, how long and what waits, inert (F18)", () => {
  const team = new Team();
  team.note(builder, 4_000);
  team.note(architect, 4_000);
  team.note({ ...base, role: "QA_Tester", state: "idle" }, 4_000);
  expect(team.statusLine(5_500)).toBe(
    "Architect_Zero thinking 4 s · DevOps_Builder run_shell\\x1b[2J 4 s, 2 more waiting",
  );
});

test("the table tells who was never seen and who is silent", () => {
  const team = new Team();
  team.note(architect, 4_000);
  team.note({ ...builder, detail: ours("run_shell") }, 20_000);
  expect(team.table(21_000).split("\n")).toEqual([
    "role               model calls  waiting messages  since  state",
    "Architect_Zero                                           not seen for 17 s",
    "DevOps_Builder     9            2                 20 s   run_shell",
    "Security_Sentinel                                        not seen",
    "QA_Tester                                                not seen",
  ]);
  expect(team.statusLine(21_000)).not.toContain("Architect_Zero");
});

test("who waits for the operator's answer about a budget says so", () => {
  const team = new Team();
  const detail = ours("budget $4.98 of $5.00: /budget");
  team.note({ ...base, role: "QA_Tester", state: "waiting", detail }, 4_000);
  expect(team.statusLine(5_000)).toBe("QA_Tester awaits you (budget $4.98 of $5.00: /budget) 4 s");
});

test("who waits for the model says for what and until when (O11)", () => {
  const team = new Team();
  const until = new Date("2026-11-28T10:00:07").getTime();
  team.note({ ...base, role: "QA_Tester", state: "waiting", detail: ours("HTTP 429"), until }, 4_000);
  expect(team.statusLine(5_000)).toBe("QA_Tester waits for the model (HTTP 429) until 10:00:07 4 s");
});
