import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Role } from "../protocol/roles.ts";
import { ours } from "../redact/redacted.ts";
import { nextEvent } from "../testing/bus-contract.ts";
import type { ModelRequest } from "../testing/model-server.ts";
import { act, askedIn, hasTool, linesOf, TestTeam, toolDoing } from "../testing/test-team.ts";
import { circleOf, type Word } from "./talk-brake.ts";

const word = (sender: Word["sender"], to: Role[], content: string, work = 0): Word => ({
  ...{ sender, to, content: ours(content), work },
});
const ask = (text: string, work = 0) => word("Architect_Zero", ["QA_Tester"], text, work);
const answer = (text: string, work = 0) => word("QA_Tester", ["Architect_Zero"], text, work);
const round = [ask("please verify"), answer("nothing to verify yet")];

describe("what goes in circles (R16)", () => {
  test("is the same said for the third time without work, with the evidence", () => {
    expect(circleOf(round, ask("please verify"))).toBeUndefined();
    expect(circleOf([...round, ...round], ask("Please verify!"))).toMatchObject({
      with: "QA_Tester",
      why: expect.stringContaining('said 3 times ("please verify")'),
    });
  });

  test("is not the same order again after something was done, or after the operator has spoken", () => {
    expect(
      circleOf([...round, ask("please verify"), answer("FAIL", 2)], ask("please verify")),
    ).toBeUndefined();
    const spoken = word("User", ["Architect_Zero"], "try once more");
    expect(circleOf([...round, ...round, spoken], ask("please verify"))).toBeUndefined();
  });

  test("is not a talk that brings up new things in each message", () => {
    const talk = [
      ask("which guests are there?"),
      answer("9101 and 9102 on pve1"),
      ask("and their storage?"),
      answer("local-lvm for 9101, nfs-slow for 9102"),
    ];
    expect(circleOf(talk, ask("move 9102 to local-zfs, it has 120 GB at /dev/sdb"))).toBeUndefined();
  });

  test("is not judged where nobody counts what was done", () => {
    const raw = round.map(({ work: _, ...rest }) => rest);
    expect(circleOf([...raw, ...raw], ask("please verify"))).toBeUndefined();
  });

  test("is looked at in time that grows with its length alone", () => {
    const long = ask("a ".repeat(250_000));
    expect(circleOf([long, answer("x".repeat(500_000)), long], long)).toBeDefined();
  });
});

describe("a team that talks in circles (R16)", () => {
  let team: TestTeam;
  beforeEach(() => {
    team = new TestTeam();
  });
  afterEach(async () => await team.stop());

  test("ends with the evidence told to both and to the operator, calls that show nothing new or not", async () => {
    const tools = [toolDoing(async () => ({ stdout: "no plan" }))];
    const architect = await team.start({
      role: "Architect_Zero",
      answer: (request) => ({
        text: askedIn(request) === "well?" ? "I see" : "@DevOps_Builder apply the plan",
      }),
    });
    const builder = await team.start({
      ...{ role: "DevOps_Builder", tools },
      answer: (request) =>
        hasTool(request) || askedIn(request) === "well?"
          ? { text: "@Architect_Zero there is no plan" }
          : act(1),
    });
    const told = nextEvent(team.bus, (event) => event.kind === "message" && event.fact?.kind === "talk");
    await team.say("User", ["Architect_Zero"], "build it");
    expect(await told).toMatchObject({ to: [], content: expect.stringContaining("apply the plan") });
    expect(builder.requests.length).toBeLessThanOrEqual(8); // two calls a turn
    const replies = [team.saidBy("Architect_Zero"), team.saidBy("DevOps_Builder")];
    await team.say("User", ["Architect_Zero", "DevOps_Builder"], "well?");
    await Promise.all(replies);
    for (const agent of [architect, builder]) {
      const facts = linesOf(agent.requests.at(-1) as ModelRequest).filter(({ fact }) => fact !== undefined);
      expect(facts).toMatchObject([{ text: expect.stringContaining("Not delivered to") }]);
    }
  });
});
