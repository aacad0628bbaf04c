/** What wakes a role in strict mode: what it must heed at once, and not what others say to each other. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Sender } from "../protocol/roles.ts";
import { createRedactor } from "../redact/redact.ts";
import { draft, nextEvent } from "../testing/bus-contract.ts";
import { type RedisServer, startRedisServer } from "../testing/redis-server.ts";
import { connectRedisBus } from "./redis-bus.ts";
import { RedisStore } from "./redis-store.ts";

const signal = AbortSignal.timeout(30_000);
const stack = new AsyncDisposableStack();
let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedisServer();
  stack.defer(() => redis.close());
});
afterAll(() => stack.disposeAsync());

async function enter(speaker: Sender) {
  const url = redis.urlOf(speaker === "User" ? "console" : speaker);
  const bus = connectRedisBus({ url, name: speaker, speaker, redactor: createRedactor([]) });
  stack.defer(() => bus.close());
  await nextEvent(bus, (event) => event.kind === "connection" && event.state === "up");
  return bus;
}

/** Until each of `count` hears what is published there. */
async function subscribed(channel: string, count: number): Promise<void> {
  const judge = new RedisStore(redis.urlOf("tester"), "judge");
  stack.defer(() => judge.close());
  await judge.connected(signal);
  const heard = async () => Number(((await judge.command(["PUBSUB", "NUMSUB", channel])) as unknown[])[1]);
  while ((await heard()) < count) signal.throwIfAborted();
}

test("a role is woken by the operator and by the coordinator's signals, and finds the rest when it looks", async () => {
  const [operator, architect, tester] = [
    await enter("User"),
    await enter("Architect_Zero"),
    await enter("QA_Tester"),
  ];
  const sentinel = await enter("Security_Sentinel");
  await operator.control({ signal }); // begins the session
  await subscribed("agent_channel:Architect_Zero", 4);
  await subscribed("agent_channel:User", 4);
  const heard: string[] = [];
  sentinel.watch((event) => event.kind === "message" && heard.push(event.content));
  await tester.send(draft("QA_Tester", ["DevOps_Builder"], "between others"), { signal });
  await architect.send({ ...draft("Architect_Zero", [], "a question"), signal: "awaiting" }, { signal });
  const answered = nextEvent(sentinel, (event) => event.kind === "message" && event.sender === "User");
  await operator.send(draft("User", ["Architect_Zero"], "the answer"), { signal });
  await answered;
  expect(heard).toEqual(["a question", "the answer"]);
  const said = (await sentinel.history({ signal })).map(({ content }) => content);
  expect(said).toEqual(["between others", ...heard]);
  const stopped = nextEvent(sentinel, (event) => event.kind === "control");
  await operator.command("STOP", { signal });
  expect(await stopped).toMatchObject({ command: "STOP" });
});

test("a burst is heard whole and in order by a role, and STOP within a second", async () => {
  const [operator, tester] = [await enter("User"), await enter("DevOps_Builder")];
  await operator.control({ signal });
  await subscribed("agent_channel:User", 6); // those of the test before as well
  const heard: string[] = [];
  tester.watch((event) => event.kind === "message" && heard.push(event.content));
  const texts = Array.from({ length: 100 }, (_, index) => `word ${index}`);
  for (const text of texts) await operator.send(draft("User", ["QA_Tester"], text), { signal });
  const stopped = nextEvent(tester, (event) => event.kind === "control");
  const sentMs = performance.now();
  await operator.command("STOP", { signal });
  await stopped;
  expect(performance.now() - sentMs).toBeLessThan(1_000);
  expect(heard).toEqual(texts);
});
