import { afterEach, beforeEach, expect, test } from "vitest";
import type { LiveEvent } from "../bus/bus.ts";
import { nextEvent } from "../testing/bus-contract.ts";
import type { ModelAnswer, ModelRequest } from "../testing/model-server.ts";
import { act, signal, TestTeam, toolDoing } from "../testing/test-team.ts";

let team: TestTeam;
beforeEach(() => {
  team = new TestTeam();
});
afterEach(() => team.stop());

/** A step of the test's server costs 110; before it is asked its reply may have 1,000. */
const STEP = 110;
const SETTINGS = { BUDGET_SESSION_TOKENS: "1600" };

const isQuestion = (event: LiveEvent) => event.kind === "notice" && event.content.includes("/budget raise");
const words = (event: LiveEvent) => ("content" in event ? event.content : "");

/** Acts `count` times, then speaks. */
const acting = (count: number) => (request: ModelRequest) => {
  const done = request.messages.filter(({ role }) => role === "tool").length;
  return done < count ? act(done) : { text: "@Architect_Zero done" };
};

async function builder(
  answer: (request: ModelRequest) => ModelAnswer | Promise<ModelAnswer>,
  settings = SETTINGS,
) {
  const tools = [toolDoing(async () => ({}))];
  return await team.start({ role: "DevOps_Builder", tools, answer, settings });
}

const held = async () => {
  const { admissions } = await team.bus.budgets.read({ signal });
  return admissions.DevOps_Builder;
};

test("a call that the budget does not suffice for waits and asks, and goes on when it is raised (R53)", async () => {
  const asked = nextEvent(team.bus, isQuestion);
  const agent = await builder(acting(8));
  const waiting = agent.next(({ kind }) => kind === "budget_waiting");
  await team.say("User", ["DevOps_Builder"], "work");
  const question = words(await asked);
  await waiting;
  const paid = agent.requests.length * STEP;
  expect(paid).toBeGreaterThan(0);
  expect(question).toContain(
    `The budget of this session does not suffice: 1,600 tokens, ${paid} tokens spent`,
  );
  expect(await held()).toMatchObject({ session: { tokens: paid }, open: [], waiting: { for: "budget" } });
  const said = team.saidBy("DevOps_Builder");
  await team.bus.budgets.raise({ tokens: 20_000, dollars: 0 }, { signal });
  expect((await said).content).toBe("@Architect_Zero done");
  expect(agent.requests).toHaveLength(9);
  expect(await held()).toMatchObject({ session: { tokens: 9 * STEP }, open: [], waiting: undefined });
  expect(agent.events.filter(({ kind }) => kind === "turn_ended")).toMatchObject([{ status: "completed" }]);
});

test("STOP and CLEAR end the wait, and nobody waits or holds anything afterwards", async () => {
  for (const command of ["STOP", "CLEAR"] as const) {
    const agent = await builder(acting(50), { BUDGET_SESSION_TOKENS: "0" });
    const asked = nextEvent(team.bus, isQuestion);
    await team.say("User", ["DevOps_Builder"], "work");
    await asked;
    const ended = agent.next(({ kind }) => kind === "turn_ended");
    await team.bus.command(command, { signal });
    expect(await ended).toMatchObject({ status: "cancelled" });
    expect(await held()).toMatchObject({ open: [], waiting: undefined });
    expect(agent.requests).toEqual([]);
    await agent.stop();
  }
});

test("an agent that ends while it waits waits again at its next start, and asks again", async () => {
  const first = await builder(acting(3), { BUDGET_SESSION_TOKENS: "0" });
  const asked = nextEvent(team.bus, isQuestion);
  await team.say("User", ["DevOps_Builder"], "work");
  await asked;
  await first.stop();
  const again = nextEvent(team.bus, isQuestion);
  const second = await builder(acting(3), { BUDGET_SESSION_TOKENS: "0" });
  await again;
  const said = team.saidBy("DevOps_Builder");
  await team.bus.budgets.raise({ tokens: 10_000, dollars: 0 }, { signal });
  await said;
  expect(first.requests).toEqual([]);
  expect(await held()).toMatchObject({ session: { tokens: second.requests.length * STEP }, open: [] });
});

test("what an agent had under way when it died counts whole, and is no reservation any more", async () => {
  const began = Promise.withResolvers<void>();
  const first = await builder(() => {
    began.resolve();
    return { fault: "hang" };
  });
  await team.say("User", ["DevOps_Builder"], "work");
  await began.promise;
  const [open] = (await held())?.open ?? [];
  expect(open?.tokens).toBeGreaterThan(1_000);
  await first.stop();
  expect(await held()).toMatchObject({ open: [], session: { tokens: open?.tokens } });
});

test("a request that the server refuses has cost nothing; one that is no reply may have", async () => {
  const answers: ModelAnswer[] = [{ status: 500 }, { fault: "garbage" }, { text: "@Architect_Zero done" }];
  const said = team.saidBy("DevOps_Builder");
  const agent = await builder(() => answers[agent.requests.length - 1] ?? {}, {
    BUDGET_DAY_TOKENS: "100000",
  } as never);
  await team.say("User", ["DevOps_Builder"], "work");
  await said;
  const { session, day, open } = (await held()) ?? {};
  expect(agent.requests).toHaveLength(3);
  expect(open).toEqual([]);
  expect(session?.tokens).toBeGreaterThan(STEP + 1_000);
  expect(session?.tokens).toBeLessThan(2 * (STEP + 1_000));
  expect(day?.tokens).toBe(session?.tokens);
});

test("the budget counts what the session has cost before there was one", async () => {
  const plain = await team.start({
    role: "DevOps_Builder",
    answer: () => ({ text: "@Architect_Zero done" }),
  });
  const first = team.saidBy("DevOps_Builder");
  await team.say("User", ["DevOps_Builder"], "work");
  await first;
  expect(await held()).toBeUndefined();
  await plain.stop();
  await builder(() => ({ text: "@Architect_Zero done" }), { BUDGET_SESSION_TOKENS: "1000000" });
  const second = team.saidBy("DevOps_Builder");
  await team.say("User", ["DevOps_Builder"], "work");
  await second;
  expect(await held()).toMatchObject({ session: { tokens: 2 * STEP }, day: { tokens: 2 * STEP } });
});

test("dollars that nobody knows the price for hold tokens: those that the operator allows", async () => {
  const asked = nextEvent(team.bus, isQuestion);
  const agent = await builder(acting(1), { BUDGET_SESSION_DOLLARS: "100" } as never);
  await team.say("User", ["DevOps_Builder"], "work");
  expect(words(await asked)).toContain("The price of test-model at test-server is unknown");
  expect(agent.requests).toEqual([]);
  const said = team.saidBy("DevOps_Builder");
  await team.bus.budgets.raise({ tokens: 10_000, dollars: 0 }, { signal });
  await said;
});
