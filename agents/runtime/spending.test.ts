import { afterEach, beforeEach, expect, test } from "vitest";
import type { LiveEvent } from "../bus/bus.ts";
import { nextEvent } from "../testing/bus-contract.ts";
import { act, afterwards, hasTool, signal, TestTeam, toolDoing } from "../testing/test-team.ts";

/** Of each answer of the test's model server. */
const ONE = { prompt: 100, cached: 64, cacheWrite: 0, completion: 10, reasoning: 4 };
const times = (steps: number) => ({
  ...Object.fromEntries(Object.entries(ONE).map(([name, count]) => [name, count * steps])),
  ...{ steps, estimated: 0 },
});

let team: TestTeam;
beforeEach(() => {
  team = new TestTeam();
});
afterEach(() => team.stop());

const isHeld = (event: LiveEvent) =>
  event.kind === "message" && event.sender === "DevOps_Builder" && !event.fact;

test("a step that was recorded is counted once, though its agent dies and another resumes the turn (R53)", async () => {
  const began = Promise.withResolvers<void>();
  const hanging = toolDoing(async (_, { call }) => {
    began.resolve();
    return await afterwards(new Promise((_, reject) => call.signal.addEventListener("abort", reject)));
  });
  const builder = { role: "DevOps_Builder", answer: () => act(1) } as const;
  const first = await team.start({ ...builder, tools: [hanging] });
  const message = await team.say("User", ["DevOps_Builder"], "work");
  await began.promise;
  await first.stop();
  const endpoint = { model: "test-model", server: "test-server" };
  const own = { role: "DevOps_Builder", messageId: message.id, ...endpoint } as const;
  expect(await team.bus.spending({ signal })).toEqual([{ ...own, ...times(1) }]);
  const said = nextEvent(team.bus, isHeld);
  const second = await team.start({
    ...builder,
    tools: [hanging],
    answer: () => ({ text: "@Architect_Zero done" }),
  });
  await said;
  const asked = first.requests.length + second.requests.length;
  expect(asked).toBe(2);
  expect(await team.bus.spending({ signal })).toEqual([{ ...own, ...times(asked) }]);
});

test("a reply that is corrected was paid as well, at once (R53)", async () => {
  const corrected = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const builder = await team.start({
    role: "DevOps_Builder",
    answer: async (_, index) => {
      if (index === 0) return { text: "cut", ended: "length" };
      corrected.resolve();
      await go.promise;
      return { text: "@Architect_Zero done" };
    },
  });
  await team.say("User", ["DevOps_Builder"], "work");
  await corrected.promise;
  expect(await team.bus.spending({ signal })).toMatchObject([times(1)]);
  const said = nextEvent(team.bus, isHeld);
  go.resolve();
  await said;
  expect(builder.requests).toHaveLength(2);
  expect(await team.bus.spending({ signal })).toMatchObject([times(2)]);
});

test("what was paid before STOP stays in the ledger (R53)", async () => {
  const began = Promise.withResolvers<void>();
  const tool = toolDoing(async (_, { call }) => {
    began.resolve();
    return await afterwards(new Promise((_, reject) => call.signal.addEventListener("abort", reject)));
  });
  const answer = (request: Parameters<typeof hasTool>[0]) => (hasTool(request) ? act(2) : act(1));
  const builder = await team.start({ role: "DevOps_Builder", tools: [tool], answer });
  const ended = builder.next((event) => event.kind === "turn_ended");
  await team.say("User", ["DevOps_Builder"], "work");
  await began.promise;
  await team.bus.command("STOP", { signal });
  await ended;
  expect(await team.bus.spending({ signal })).toMatchObject([times(1)]);
});
