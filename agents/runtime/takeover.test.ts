import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Bus, LiveEvent } from "../bus/bus.ts";
import type { RedisCommand } from "../bus/look.ts";
import { busOver } from "../bus/redis-bus.ts";
import { RedisStore } from "../bus/redis-store.ts";
import { createRedactor } from "../redact/redact.ts";
import { draft, nextEvent } from "../testing/bus-contract.ts";
import type { ModelAnswer, ModelRequest } from "../testing/model-server.ts";
import { type RedisServer, startRedisServer } from "../testing/redis-server.ts";
import { startTestAgent } from "../testing/test-agent.ts";
import { act, signal, toolDoing } from "../testing/test-team.ts";

const LEASE_MS = 1_500;

/** Counts how often something was there when an inbox was read from its beginning. */
class LookBackStore extends RedisStore {
  found = 0;

  override async command(command: RedisCommand): Promise<unknown> {
    const reply = await super.command(command);
    if (command[0] === "XREAD" && reply) this.found++;
    return reply;
  }
}

let server: RedisServer;
let store: LookBackStore;
let bus: Bus;
beforeAll(async () => {
  server = await startRedisServer();
  store = new LookBackStore(server.url, "test");
  bus = busOver(store, { leaseMs: LEASE_MS, redactor: createRedactor([]) });
  await nextEvent(bus, (event) => event.kind === "connection" && event.state === "up");
});
afterAll(async () => {
  await bus.close();
  await server.close();
});

test("a turn whose lease ran out, and nobody took it, goes on from its journal", async () => {
  const ran: number[] = [];
  const second = Promise.withResolvers<void>();
  const tool = toolDoing(async ({ n }, context) => {
    ran.push(n);
    if (n === 1) return {};
    const before = store.found;
    second.resolve();
    await once(context.call.signal, "abort");
    while (store.found === before) await delay(5); // handed out again before this call ends
    return { kind: "cancelled" };
  });
  const answer = (request: ModelRequest): ModelAnswer => {
    const results = request.messages.filter(({ role }) => role === "tool");
    return results.length < 2 ? act(results.length + 1) : { text: "@Architect_Zero done" };
  };
  const agent = await startTestAgent({ bus, role: "DevOps_Builder", tools: [tool], answer });
  const isReply = (event: LiveEvent) =>
    event.kind === "message" && event.sender === "DevOps_Builder" && !event.fact;
  const reply = nextEvent(bus, isReply);
  await bus.send(draft("User", ["DevOps_Builder"], "work"), { signal });
  await second.promise;
  await store.command(["DEL", "lease:DevOps_Builder"]); // as if Redis had been away for longer than the lease
  expect(await reply).toMatchObject({ content: "@Architect_Zero done" });
  expect(ran).toEqual([1, 2]);
  await agent.stop();
});
