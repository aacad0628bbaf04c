import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ours, redacted } from "../redact/redacted.ts";
import { lastOf, TestTeam, toolDoing } from "../testing/test-team.ts";
import type { Tool, ToolResult } from "../tools/tool.ts";
import type { ToolCall } from "./events.ts";
import { RepeatedCalls, remarked, stuckText } from "./repeated-calls.ts";
import { refused } from "./tool-call.ts";

let team: TestTeam;
beforeEach(() => {
  team = new TestTeam();
});
afterEach(async () => await team.stop());

/** `look` shows what the test says. */
function looking(show: () => string | Promise<string>): Tool {
  return { ...toolDoing(async () => ({ stdout: await show() })), name: "look", effect: () => "read" };
}

const look = (n = 1) => ({ calls: [{ tool: "look", args: { n } }] });

describe("the same call with the same result", () => {
  test("is told to the model from the second time on, and the fifth ends the turn with the evidence", async () => {
    let looks = 0;
    const tool = looking(() => {
      looks++;
      return "guest 101 is down";
    });
    const builder = await team.start({ role: "DevOps_Builder", tools: [tool], answer: () => look() });
    const reply = team.saidBy("DevOps_Builder");
    await team.say("User", ["DevOps_Builder"], "is 101 up?");
    const { to, content } = await reply;
    expect(looks).toBe(5);
    expect(lastOf(builder.requests[1])).toBe("[ok exit 0]\nguest 101 is down");
    expect(lastOf(builder.requests[2])).toMatch(
      /^\[ok exit 0\] The same call gave the same result 2 times; .*\n/,
    );
    expect(to).toEqual(["Architect_Zero"]);
    expect(content).toContain("look on thing has given the same result 5 times in one turn");
    expect(content).toContain("guest 101 is down");
    expect(content).toContain("is 101 up?");
  });

  test("of the coordinator is told to the operator, and nobody goes on with it", async () => {
    const tool = looking(() => "nothing");
    const architect = await team.start({ role: "Architect_Zero", tools: [tool], answer: () => look() });
    const reply = team.saidBy("Architect_Zero");
    const ended = architect.next((event) => event.kind === "turn_ended");
    await team.say("User", ["Architect_Zero"], "plan");
    expect(await reply).toMatchObject({ to: [], content: expect.stringContaining("so I stopped") });
    expect(await ended).toMatchObject({ status: "blocked" });
  });

  test("is none when the result is another, or when something was changed in between", async () => {
    let looks = 0;
    const tools = [looking(() => `${looks++ % 2}`), toolDoing(async () => ({}))];
    await team.start({
      role: "DevOps_Builder",
      tools,
      answer: (_, index) => {
        if (index === 24) return { text: "@Architect_Zero done" };
        return index % 3 === 2 ? { calls: [{ tool: "act", args: { n: index } }] } : look();
      },
    });
    const reply = team.saidBy("DevOps_Builder");
    await team.say("User", ["DevOps_Builder"], "go");
    expect((await reply).content).toBe("@Architect_Zero done");
    expect(looks).toBe(16);
  });

  test("is counted anew after a word of the operator", async () => {
    let looks = 0;
    const tool = looking(async () => {
      if (++looks === 4) await team.say("User", ["DevOps_Builder"], "look again");
      return "down";
    });
    await team.start({ role: "DevOps_Builder", tools: [tool], answer: () => look() });
    const reply = team.saidBy("DevOps_Builder");
    await team.say("User", ["DevOps_Builder"], "watch it");
    expect((await reply).content).toContain("the same result 5 times");
    expect(looks).toBe(9);
  });

  test("repeats itself also by a call that changes nothing any more, and by two in turn", () => {
    const repeated = new RepeatedCalls();
    const call = (tool: string, effect: ToolCall["effect"]): ToolCall => ({
      ...{ id: "1.1", step: 1, tool: ours(tool), target: ours(tool), args: {}, effect },
    });
    const result: ToolResult = {
      ...{
        kind: "ok",
        exitCode: 0,
        stdout: redacted``,
        stderr: redacted``,
        truncated: false,
        artifact: null,
      },
    };
    const save = () => repeated.count(call("save_file", "workspace"), result);
    const read = () => repeated.count(call("read_file", "read"), result);
    const counts = Array.from({ length: 5 }, () => [save(), read()]);
    expect(counts.at(-1)).toEqual([5, 5]);
    expect([4, 5].map((times) => stuckText(times) !== undefined)).toEqual([false, true]);
  });
});

test.each([
  ["run_ssh", true],
  ["save_file", false],
])("that a call can wait is told where it can: %s", (tool, canWait) => {
  const call = { tool: ours(tool) } as ToolCall;
  const { way } = remarked(call, refused(ours("")), 2);
  expect(way?.includes("sleep")).toBe(canWait);
});
