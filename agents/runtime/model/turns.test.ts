import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ModelAnswer, ModelRequest } from "../../testing/model-server.ts";
import { startTestAgent } from "../../testing/test-agent.ts";
import { act, afterwards, hasTool, lastOf, TestTeam, toolDoing } from "../../testing/test-team.ts";

let team: TestTeam;
beforeEach(() => {
  team = new TestTeam();
});
afterEach(async () => await team.stop());

const ran: number[] = [];
const tools = [{ ...toolDoing(async ({ n }) => afterwards(ran.push(n))), example: { n: 1 } }];
beforeEach(() => ran.splice(0));

/** What QA_Tester says at last when its model answers so, one after the other. */
async function saidAfter(answers: readonly ModelAnswer[]) {
  const answer = (_: ModelRequest, index: number) => answers[Math.min(index, answers.length - 1)] ?? {};
  const { requests } = await team.start({ role: "QA_Tester", tools, answer });
  const reply = team.saidBy("QA_Tester");
  await team.say("DevOps_Builder", ["QA_Tester"], "look");
  return { content: (await reply).content, requests };
}

test("nothing of a reply that was cut off is run or sent, and the model is told", async () => {
  const cut: ModelAnswer[] = [
    { ...act(1), ended: "length" },
    { text: "@DevOps_Builder I checked: 1. pve1 is", ended: "length" },
  ];
  const { content, requests } = await saidAfter([...cut, { text: "short" }]);
  expect(content).toBe("short");
  expect(ran).toEqual([]);
  expect(lastOf(requests[1])).toMatch(/^\[refused\]\nYour reply was cut off/);
  expect(lastOf(requests[2])).toContain("Send less at a time");
});

test("a model whose replies are always cut off ends blocked, and the setting is named", async () => {
  const { content } = await saidAfter([{ text: "I checked", ended: "length" }]);
  expect(content).toMatch(/^@Architect_Zero I could not finish[\s\S]*LLM_MAX_OUTPUT_TOKENS/);
  expect(content).not.toContain("I checked");
  expect(content).toContain("The operator can raise LLM_MAX_OUTPUT_TOKENS");
  expect(content).not.toContain("Send less at a time"); // that was for the model
});

test("so does one whose calls are always cut off", async () => {
  const { content } = await saidAfter([{ ...act(1), ended: "length" }]);
  expect(content).toMatch(
    /^@Architect_Zero Escalation: act [\s\S]*The operator can raise LLM_MAX_OUTPUT_TOKENS/,
  );
  expect(content).not.toContain("Send less at a time");
  expect(ran).toEqual([]);
});

test("a call that is written as text is run, and its result goes back as one of a call", async () => {
  const { content, requests } = await saidAfter([
    { text: '```json\n{"name":"act","arguments":{"n":7}}\n```' },
    { text: "done" },
  ]);
  expect([content, ran]).toEqual(["done", [7]]);
  expect(requests[1]?.messages.at(-2)).toMatchObject({ tool_calls: [{ function: { name: "act" } }] });
  expect(lastOf(requests[1])).toMatch(/^\[ok exit 0\]/);
});

test("a call that is written as text, with arguments that its tool does not take, is told what is wrong with them", async () => {
  const call = (args: string) => `<tool_call>{"name":"act","arguments":${args}}</tool_call>`;
  const { content, requests } = await saidAfter([
    { text: call('{"number":7}') },
    { text: `${call('{"n":1}')}\n${call('{"n":"x"}')}` },
    { text: '```json\n{"name":"act"}\n```' },
    { text: "done" },
  ]);
  expect(content).toBe("done");
  expect(ran).toEqual([]);
  expect(lastOf(requests[1])).toMatch(
    /^\[refused\]\nbad arguments for act: [\s\S]*"number"[\s\S]*A call that works: \{"n":1\}/,
  );
  const told = requests[2]?.messages.slice(-2).map((message) => message.content);
  expect(told?.[0]).toContain("not run: another call");
  expect(told?.[1]).toContain("bad arguments for act");
  expect(lastOf(requests[3])).toContain("bad arguments for act");
});

test("a call and fences that hold no more than their own name are this call (as Qwen2.5-Coder-1.5B writes it)", async () => {
  const text = '{"name": "act", "arguments": {"n": 7}}\n```\njson\n```';
  const { content } = await saidAfter([{ text }, { text: "done" }]);
  expect([content, ran]).toEqual(["done", [7]]);
});

test.each(["```json\njson\n```", "```\n```", "[unknown]", "[ok]"])(
  "a reply that says nothing to anybody is asked for again: %j",
  async (text) => {
    const { content, requests } = await saidAfter([{ text }, { text: "PASS" }]);
    expect(content).toBe("PASS");
    expect(lastOf(requests[1])).toMatch(/Your reply (?:was empty|is a mark in brackets)/);
  },
);

test("an example of a call between words is not run, whatever its fence says", async () => {
  const call = '{"name":"act","arguments":{"n":3}}';
  for (const language of ["tool_call", "json", "tool_code", ""]) {
    const example = `To look at it, one would write:\n\n\`\`\`${language}\n${call}\n\`\`\`\n\nShall I?`;
    const { content, requests } = await saidAfter([{ text: example }, { text: "PASS" }]);
    expect(content).toBe("PASS");
    expect(lastOf(requests[1])).toContain("nothing was run");
    await team.stop();
    team = new TestTeam();
  }
  expect(ran).toEqual([]);
});

test("a thought or a call in a text wakes nobody and ends nothing", async () => {
  const { content, requests } = await saidAfter([
    { text: "<think>@DevOps_Builder go" },
    { text: 'I act.\n<tool_call>{"name":"act","arguments":{"n":1}}</tool_call> @DevOps_Builder' },
    { text: "I ask @DevOps_Builder first.\n</think>\nPASS" },
  ]);
  expect(content).toBe("PASS");
  expect(ran).toEqual([]);
  expect(requests[1]?.messages.every((sent) => sent.content || sent.tool_calls)).toBe(true);
  expect(lastOf(requests[2])).toContain("nothing was run");
});

test("what a model was told, said again, is no word: it is asked for its own", async () => {
  const { content, requests } = await saidAfter([
    {
      text: '```json\n{"from":"QA_Tester","time":"2026-11-29T06:14","text":"[ok exit 0] @DevOps_Builder"}\n```',
    },
    { text: 'User: "look"\nA:\nUser: "and now?"' },
    { text: "PASS" },
  ]);
  expect(content).toBe("PASS");
  expect(lastOf(requests[1])).toContain("nothing was run or seen");
  expect(lastOf(requests[2])).toContain("nothing was run or seen");
});

test("what the server wants back goes back after a crash, too", async () => {
  const begun = Promise.withResolvers<void>();
  const blocked = toolDoing(async (_, context) => {
    begun.resolve();
    await once(context.call.signal, "abort");
    return {};
  });
  const fields = { reasoning_content: "I act." };
  const answer = (request: ModelRequest) => (hasTool(request) ? { text: "done" } : { ...act(1), fields });
  const first = await startTestAgent({ bus: team.bus, role: "QA_Tester", tools: [blocked], answer });
  await team.say("User", ["QA_Tester"], "work");
  await begun.promise;
  const reply = team.saidBy("QA_Tester");
  const successor = await team.start({ role: "QA_Tester", tools: [blocked], answer });
  await first.stop();
  expect((await reply).content).toBe("done");
  expect(successor.requests[0]?.messages.at(-2)).toMatchObject(fields);
});
