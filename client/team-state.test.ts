import { beforeEach, describe, expect, test } from "vitest";
import type { ControlState } from "../agents/protocol/control.ts";
import type { Activity, Message } from "../agents/protocol/message.ts";
import { ROLES } from "../agents/protocol/roles.ts";
import { ours } from "../agents/redact/redacted.ts";
import { Team } from "./team.ts";
import { Floor, teamState } from "./team-state.ts";

const NOW = 100_000;
const base = { kind: "activity", detail: ours(""), step: 0, queued: 0, since: 1_000 } as const;
const control: ControlState = { session: "s", epoch: 1, state: "running" };

let team: Team;
let floor: Floor;

beforeEach(() => {
  team = new Team();
  floor = new Floor();
  for (const role of ROLES) team.note({ ...base, role, state: "idle" }, NOW);
});

function heard(message: Partial<Message> & Pick<Message, "sender" | "timestamp">): void {
  floor.hear({
    ...{ kind: "message", id: "m", to: [], content: ours("text"), session: "s", epoch: 1 },
    ...message,
  });
}

const state = (of: ControlState | undefined = control) => teamState({ control: of, team, floor }, NOW);

describe("/status says what the team does (R51)", () => {
  test("idle, and nobody has been asked", () => expect(state()).toBe("nobody is working"));

  test("at work, whoever was awaited before", () => {
    heard({ sender: "Architect_Zero", signal: "awaiting", timestamp: "1" });
    const activity: Activity = { ...base, role: "DevOps_Builder", state: "tool" };
    team.note(activity, NOW);
    team.note({ ...base, role: "QA_Tester", state: "idle", queued: 1 }, NOW);
    expect(state()).toBe("working: DevOps_Builder, QA_Tester");
  });

  test.each([
    ["awaiting", "awaits your answer"],
    ["done", "done; it waits for your next request"],
  ] as const)("after [%s] until the operator speaks", (signal, text) => {
    heard({ sender: "Architect_Zero", signal, timestamp: "2" });
    heard({ sender: "User", timestamp: "1" }); // heard late: it was said before
    expect(state()).toBe(text);
    heard({ sender: "User", timestamp: "3" });
    expect(state()).toBe("nobody is working");
  });

  test("a role that awaits an answer about the budget", () => {
    team.note({ ...base, role: "QA_Tester", state: "waiting", detail: ours("budget") }, NOW);
    expect(state()).toBe("awaits your answer (/pending, /budget): QA_Tester");
    team.note({ ...base, role: "DevOps_Builder", state: "tool" }, NOW);
    expect(state()).toBe("working: DevOps_Builder; awaits your answer (/pending, /budget): QA_Tester");
  });

  test("stopped, and no longer awaiting anybody", () => {
    heard({ sender: "Architect_Zero", signal: "awaiting", timestamp: "1" });
    floor.reset();
    expect(state({ ...control, state: "stopped" })).toBe("stopped; your next message sets it going");
    expect(state()).toBe("nobody is working");
  });

  test("who is not ready or was not heard of is named", () => {
    team = new Team();
    team.note({ ...base, role: "QA_Tester", state: "unready", detail: ours("ssh key"), queued: 2 }, NOW);
    for (const role of ["Architect_Zero", "DevOps_Builder"] as const)
      team.note({ ...base, role, state: "idle" }, NOW);
    expect(state()).toBe("nobody is working; not ready: QA_Tester; not heard of: Security_Sentinel");
  });

  test("nothing is claimed before Redis has answered", () => {
    expect(teamState({ control: undefined, team, floor }, NOW)).toContain("not known");
  });
});
