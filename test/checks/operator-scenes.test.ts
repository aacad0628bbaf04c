/**
 * A scripted operator at the real console on a terminal, with four real agents over a strict Redis; their model answers by
 * the conversation alone, their one tool waits to be let go.
 */
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Bus } from "../../agents/bus/bus.ts";
import { connectRedisBus } from "../../agents/bus/redis-bus.ts";
import { ROLES, type Role } from "../../agents/protocol/roles.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { ActivityReporter } from "../../agents/runtime/activity.ts";
import { draft, nextEvent } from "../../agents/testing/bus-contract.ts";
import type { ModelAnswer, ModelRequest } from "../../agents/testing/model-server.ts";
import { type RedisServer, startRedisServer } from "../../agents/testing/redis-server.ts";
import { startTestAgent, type TestAgent } from "../../agents/testing/test-agent.ts";
import {
  act,
  askedIn,
  hasTool,
  linesOf,
  tasksIn,
  toolDoing,
  turnAtWork,
} from "../../agents/testing/test-team.ts";
import { type ConsoleRun, runConsole } from "../../client/testing/run-console.ts";

const { signal } = new AbortController();
const stack = new AsyncDisposableStack();
const agents = new Map<Role, TestAgent>();
const buses = new Map<Role, Bus>();
let redis: RedisServer;
let operator: ConsoleRun;
/** The running apply; it ends when it is let go, or is stopped. */
let apply = { begun: Promise.withResolvers<void>(), end: Promise.withResolvers<void>() };

const answers: Record<Role, (request: ModelRequest) => ModelAnswer> = {
  Architect_Zero: (request) => {
    const task = askedIn(request);
    if (task.startsWith("build")) return { text: "@DevOps_Builder apply it on node 1." };
    if (task.includes("cut off")) return { text: `I know: ${factsIn(request).join(" ")}` };
    if (task === "ask me") return { text: "Which storage?\n[AWAITING_INPUT]" };
    if (task === "local-lvm") return { text: "I take local-lvm." };
    return { text: `Noted: ${task.replaceAll("@", "")}` }; // a name is not called
  },
  DevOps_Builder: (request) => {
    const heard = linesOf(turnAtWork(request)).find(({ note }) => note !== undefined);
    if (heard) return { text: `@Architect_Zero changed my way: ${heard.text}` };
    return hasTool(request) ? { text: "@Architect_Zero applied on node 1" } : act(1);
  },
  Security_Sentinel: () => ({ text: "@Architect_Zero: APPROVED." }),
  QA_Tester: () => ({ text: "@Architect_Zero: PASS, I am here." }),
};

beforeAll(async () => {
  redis = await startRedisServer();
  stack.defer(() => redis.close());
  operator = await runConsole({ url: redis.urlOf("console"), terminal: { rows: 50, columns: 500 } });
  stack.defer(() => operator.stop());
  await operator.until("Session ");
  for (const role of ROLES) await enter(role);
});
afterAll(async () => await stack.disposeAsync());

async function enter(role: Role): Promise<void> {
  const bus = connectRedisBus({
    ...{ url: redis.urlOf(role), name: role, speaker: role, redactor: createRedactor([]) },
  });
  stack.defer(() => bus.close());
  const up = nextEvent(bus, (event) => event.kind === "connection" && event.state === "up");
  const activity = new ActivityReporter({ bus, role, queued: () => 0 });
  stack.defer(() => activity.close());
  const tools = [
    toolDoing(async (_, { call }) => {
      const { begun, end } = apply;
      begun.resolve();
      await Promise.race([end.promise, once(call.signal, "abort")]);
      return call.signal.aborted ? { kind: "cancelled", exitCode: null } : {};
    }),
  ];
  const agent = await startTestAgent({
    ...{ bus, role, tools, answer: answers[role], listeners: [activity.listener] },
  });
  stack.defer(() => agent.stop());
  agents.set(role, agent);
  buses.set(role, bus);
  await up;
  activity.ready();
}

function factsIn(request: ModelRequest): string[] {
  return linesOf(turnAtWork(request)).flatMap(({ fact, text }) => (fact === undefined ? [] : [text]));
}

async function redisHistory(): Promise<string[]> {
  return (await buses.get("QA_Tester")?.history({ signal }))?.map(({ content }) => content) ?? [];
}

const turnsOf = (role: Role) =>
  agents.get(role)?.events.filter(({ kind }) => kind === "turn_started").length ?? 0;

test("what he says in mid-turn changes the work at hand (R12)", async () => {
  operator.write("build it\r");
  await apply.begun.promise;
  operator.write("@DevOps_Builder no, on node 2\r");
  await operator.until("no, on node 2");
  await expect.poll(async () => (await redisHistory()).at(-1)).toBe("@DevOps_Builder no, on node 2");
  apply.end.resolve();
  await operator.until("changed my way: @DevOps_Builder no, on node 2");
  await operator.until("Noted: Architect_Zero changed my way");
  expect(turnsOf("DevOps_Builder")).toBe(1);
});

test("a question to one role is answered to him, and wakes nobody else (R17)", async () => {
  const before = turnsOf("Architect_Zero");
  operator.write("@QA_Tester are you there?\r");
  await operator.until("PASS, I am here.");
  const [answer] = (await buses.get("QA_Tester")?.history({ signal }))?.slice(-1) ?? [];
  expect(answer).toMatchObject({ sender: "QA_Tester", to: [] });
  expect(turnsOf("Architect_Zero")).toBe(before);
});

test("four idle roles and nobody awaited are told of in a line that stays (R13)", async () => {
  await operator.until("Nobody is working, and nobody is awaited. The last word was QA_Tester's, for you.");
});

test("after STOP in an apply all know what was cut off, and the team goes on from there (R10)", async () => {
  apply = { begun: Promise.withResolvers(), end: Promise.withResolvers() };
  operator.write("build another\r");
  await apply.begun.promise;
  operator.write("STOP\r");
  const isShown = (text: string) =>
    expect.poll(() => operator.output().includes(text), { timeout: 20_000 }).toBe(true);
  await isShown("The team is stopped");
  await isShown("ended: cancelled, STOP by the operator. In the midst of act thing [cancelled]");
  operator.write("what was cut off?\r");
  await operator.until("I know: STOP: what was at work or waiting is over.");
  await operator.until("In the midst of act thing [cancelled]: look at the state.");
});

test("the answer to a held question is the task, and the held report is not worked on again (R11)", async () => {
  operator.write("ask me\r");
  await operator.until("awaits your answer");
  const before = turnsOf("Architect_Zero");
  await buses.get("QA_Tester")?.send(draft("QA_Tester", ["Architect_Zero"], "a late report"), { signal });
  operator.write("local-lvm\r");
  await operator.until("I take local-lvm.");
  const asked = agents.get("Architect_Zero")?.requests.at(-1) as ModelRequest;
  expect(tasksIn(asked)).toEqual(["a late report", "local-lvm"]);
  await operator.until(
    "Nobody is working, and nobody is awaited. The last word was Architect_Zero's, for you.",
  );
  expect(turnsOf("Architect_Zero")).toBe(before + 1);
});
