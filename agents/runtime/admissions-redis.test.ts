import { afterAll, beforeAll, expect, test } from "vitest";
import type { Bus } from "../bus/bus.ts";
import { connectRedisBus } from "../bus/redis-bus.ts";
import { ROLES, type Role } from "../protocol/roles.ts";
import { NO_TOKENS } from "../protocol/spending.ts";
import { createRedactor } from "../redact/redact.ts";
import { ours } from "../redact/redacted.ts";
import { draft, nextEvent, receiveCount } from "../testing/bus-contract.ts";
import { between, randomFrom } from "../testing/random.ts";
import { type RedisServer, startRedisServer } from "../testing/redis-server.ts";
import { Admissions } from "./admissions.ts";

const signal = AbortSignal.timeout(120_000);
const stack = new AsyncDisposableStack();
const redactor = createRedactor([]);
let redis: RedisServer;
let operator: Bus;

beforeAll(async () => {
  redis = await startRedisServer();
  stack.defer(redis.close);
  operator = await busOf("console");
  await operator.send(draft("User", [...ROLES], "work"), { signal });
});
afterAll(() => stack.disposeAsync());

async function busOf(identity: Role | "console"): Promise<Bus> {
  const speaker = identity === "console" ? "User" : identity;
  const bus = connectRedisBus({ url: redis.urlOf(identity), name: identity, speaker, redactor });
  stack.defer(() => bus.close());
  await nextEvent(bus, (event) => event.kind === "connection" && event.state === "up");
  return bus;
}

test("four processes' worth of roles at one Redis never pass a budget together, and go on when it is raised (R53)", async () => {
  const STEP = 5_000;
  const [charged, allowed] = [{ tokens: 0 }, { tokens: STEP }];
  let [overruns, questions] = [0, 0];
  const raising: Promise<void>[] = [];
  const raise = async () => {
    allowed.tokens += STEP;
    await operator.budgets.raise({ tokens: STEP, dollars: 0 }, { signal });
  };
  const { session } = await operator.control({ signal });
  const work = async (role: Role) => {
    const random = randomFrom(ROLES.indexOf(role));
    const mailbox = (await busOf(role)).mailbox(role, "a");
    await receiveCount(mailbox, 1);
    const admissions = new Admissions({
      ...{ account: mailbox.account, rate: {}, price: undefined },
      limits: { session: { tokens: STEP }, day: {} },
      endpoint: { model: ours("m"), server: ours("h") },
      notice: () => {
        questions++;
        raising.push(raise());
      },
      sleep: async () => {},
    });
    const told = { onWait: () => {}, onBudget: () => {}, onAgain: () => {} };
    const gate = admissions.gateFor({ session, isOperators: false, ...told });
    for (let call = 0; call < 25; call++) {
      const size = { promptTokens: between(random, 50, 400), outputTokens: between(random, 50, 1_000) };
      const end = await gate.pass(size, signal);
      const completion = between(random, 0, size.outputTokens + 1);
      const usage = { ...NO_TOKENS, prompt: between(random, 1, size.promptTokens * 1.5), completion };
      charged.tokens += usage.prompt + usage.completion;
      if (charged.tokens > allowed.tokens) overruns++;
      await end({ kind: "answered", usage, rate: undefined });
    }
  };
  await Promise.all(ROLES.map(work));
  await Promise.all(raising);
  expect(overruns).toBe(0);
  expect(questions).toBeGreaterThan(3);
  const { admissions, scopes } = await operator.budgets.read({ signal });
  const sums = Object.values(admissions).map((one) =>
    one.session.id === scopes.session ? one.session.tokens : 0,
  );
  expect(sums.reduce((sum, one) => sum + one, 0)).toBe(charged.tokens);
  expect(Object.values(admissions).flatMap(({ open }) => open)).toEqual([]);
});

test("a role whose Redis goes away waits for it, and what it had under way is settled then", async () => {
  const role = "QA_Tester";
  const server = await startRedisServer();
  stack.defer(server.close);
  const boss = connectRedisBus({ url: server.urlOf("console"), name: "boss", redactor });
  const bus = connectRedisBus({ url: server.urlOf(role), name: role, speaker: role, redactor });
  stack.defer(async () => void (await Promise.all([boss.close(), bus.close()])));
  const isUp = (each: Bus) => nextEvent(each, (event) => event.kind === "connection" && event.state === "up");
  await Promise.all([isUp(boss), isUp(bus)]);
  const { session } = await boss.send(draft("User", [role], "work"), { signal });
  const mailbox = bus.mailbox(role, "a");
  await receiveCount(mailbox, 1);
  const admissions = new Admissions({
    ...{ account: mailbox.account, rate: {}, price: undefined, notice: () => {} },
    limits: { session: { tokens: 10_000 }, day: {} },
    endpoint: { model: ours("m"), server: ours("h") },
  });
  const gate = admissions.gateFor({
    ...{ session, isOperators: false, onWait: () => {}, onBudget: () => {}, onAgain: () => {} },
  });
  const size = { promptTokens: 100, outputTokens: 100 };
  const end = await gate.pass(size, signal);
  await server.kill();
  await end({ kind: "answered", usage: { ...NO_TOKENS, prompt: 90, completion: 9 }, rate: undefined });
  const next = gate.pass(size, signal);
  const isBack = isUp(boss);
  await server.start();
  await isBack;
  await next;
  const { admissions: known } = await boss.budgets.read({ signal });
  expect(known[role]).toMatchObject({ session: { tokens: 99 }, open: [{ tokens: 250 }] });
});
