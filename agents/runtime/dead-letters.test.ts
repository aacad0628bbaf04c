import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ModelRequest } from "../testing/model-server.ts";
import { startTestAgent, type TestAgentOptions } from "../testing/test-agent.ts";
import { act, signal, TestTeam, tasksIn, toolDoing } from "../testing/test-team.ts";

let team: TestTeam;
beforeEach(() => {
  team = new TestTeam();
});
afterEach(async () => await team.stop());

test("a message that only waited behind one that is given up is handled", async () => {
  const reached = new EventTarget();
  const fatal = toolDoing(async (_, context) => {
    reached.dispatchEvent(new Event("call"));
    if (!context.call.signal.aborted) await once(context.call.signal, "abort");
    return { kind: "cancelled" };
  });
  const options: Omit<TestAgentOptions, "bus"> = {
    role: "DevOps_Builder",
    tools: [fatal],
    answer: (request: ModelRequest, index) =>
      tasksIn(request).includes("deadly") ? act(index) : { text: "fine" },
  };
  await team.say("Architect_Zero", ["DevOps_Builder"], "deadly");
  await team.say("Architect_Zero", ["DevOps_Builder"], "innocent");
  for (let life = 1; life <= 5; life++) {
    const called = once(reached, "call");
    const agent = await startTestAgent({ bus: team.bus, ...options });
    await called;
    await agent.stop();
  }
  const ended = team.saidBy("DevOps_Builder");
  await team.start(options);
  expect(await ended).toMatchObject({ content: "fine" });
  expect(await team.bus.deadLetters({ signal })).toMatchObject([{ message: { content: "deadly" } }]);
});
