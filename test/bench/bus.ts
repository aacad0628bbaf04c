/**
 * `./minilab bench bus [--trials N --messages N]`: how soon a message becomes a model request, with real agents and a
 * Redis that has every write on disk before it confirms it, beside a bare PUBLISH to a program that makes the same
 * request. Trials alternate. An agent's message counts from the moment that the model has answered its author: what
 * the author does before it speaks is in it.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import type { Draft } from "../../agents/bus/bus.ts";
import { connectRedisBus } from "../../agents/bus/redis-bus.ts";
import { newMessageId } from "../../agents/protocol/message.ts";
import { OPERATOR, type Role } from "../../agents/protocol/roles.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { ours } from "../../agents/redact/redacted.ts";
import { build } from "../../launcher/team/bundle.ts";
import { startRedis } from "../../launcher/team/redis.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { median, percentile, rounded } from "../rig/measure.ts";
import { type Arena, AUTHOR, compare, type Latency, TAGGED } from "./bus/latency.ts";
import { prepareWorkspace, startRealAgent } from "./bus/real-agent.ts";
import { startTimedModel } from "./bus/timed-model.ts";
import { Answering } from "./peers/contest.ts";

const LIMIT_MS = 10;

export type Measured = {
  bus: Latency[];
  publish: Latency[];
  messagesPerSecond: number;
  publishPerSecond: number;
};

export async function run(args: string[], signal: AbortSignal): Promise<Outcome> {
  const number = (fallback: string) => ({ type: "string", default: fallback }) as const;
  const { values } = parseArgs({ args, options: { trials: number("300"), messages: number("2000") } });
  await using stack = new AsyncDisposableStack();
  const arena = await setArena(stack, signal);
  const latencies = await compare(arena, Number(values.trials));
  const count = Number(values.messages);
  const messagesPerSecond = await throughput(arena, { mode: "mailbox", name: "QA_Tester", count });
  const publishPerSecond = await throughput(arena, { mode: "channel", name: "bare:count", count });
  return judge({ ...latencies, messagesPerSecond, publishPerSecond });
}

async function setArena(stack: AsyncDisposableStack, signal: AbortSignal): Promise<Arena> {
  const directory = await mkdtemp(join(tmpdir(), "minilab-bench-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  prepareWorkspace(directory);
  await build({ bare: "test/bench/bus/bare.ts", taker: "test/bench/bus/taker.ts" }, directory);
  const { url: redisUrl, close } = await startRedis({ directory: join(directory, "redis"), mode: "compat" });
  stack.defer(close);
  let answeredMs = Number.NaN;
  const model = await startTimedModel({
    answer: ({ role, from }) => (role === AUTHOR && from === OPERATOR ? `@${TAGGED} look at it` : "seen"),
    onAnswered: ({ role }, leftMs) => {
      if (role === AUTHOR) answeredMs = leftMs;
    },
  });
  stack.defer(model.close);
  const bus = connectRedisBus({ url: redisUrl, name: "bench", redactor: createRedactor([]) });
  stack.defer(() => bus.close());
  const redis = new Redis(redisUrl);
  stack.defer(async () => redis.disconnect());
  const place = { directory, redisUrl, modelUrl: model.url };
  await Promise.all([AUTHOR, TAGGED].map((role) => startRealAgent(role, { place, bus, stack })));
  return { directory, redisUrl, model, bus, redis, signal, authorAnsweredMs: () => answeredMs };
}

type Flood = { mode: "mailbox" | "channel"; name: string; count: number };

/** From one sender that waits for each to be confirmed, until another process has taken in the last. */
async function throughput({ redisUrl, directory, bus, redis, signal }: Arena, flood: Flood): Promise<number> {
  const { mode, name, count } = flood;
  const args = [redisUrl, mode, name, String(count)];
  await using taker = new Answering(join(directory, "taker.mjs"), { args, directory, signal });
  await taker.answer(); // that it is ready
  const beganMs = performance.now();
  const done = taker.answer();
  for (let index = 0; index < count; index++) {
    const content = `message ${index}`;
    const draft: Draft = {
      id: newMessageId(OPERATOR),
      sender: OPERATOR,
      to: [name as Role],
      content: ours(content),
    };
    await (mode === "mailbox" ? bus.send(draft, { signal }) : redis.publish(name, content));
  }
  await done;
  return (count * 1_000) / (performance.now() - beganMs);
}

export function judge({ bus, publish, messagesPerSecond, publishPerSecond }: Measured): Outcome {
  const of = (latencies: readonly Latency[], key: keyof Latency, share: number) =>
    rounded(
      percentile(
        latencies.map((latency) => latency[key]),
        share,
      ),
    );
  const above = (key: keyof Latency) =>
    median(bus.map((latency) => latency[key])) - median(publish.map((latency) => latency[key]));
  const figures = {
    operator_p50_ms: of(bus, "operatorMs", 0.5),
    operator_p99_ms: of(bus, "operatorMs", 0.99),
    agent_p50_ms: of(bus, "agentMs", 0.5),
    agent_p99_ms: of(bus, "agentMs", 0.99),
    publish_p50_ms: of(publish, "operatorMs", 0.5),
    publish_p99_ms: of(publish, "operatorMs", 0.99),
    publish_agent_p50_ms: of(publish, "agentMs", 0.5),
    publish_agent_p99_ms: of(publish, "agentMs", 0.99),
    p50_above_publish_ms: rounded(Math.max(above("operatorMs"), above("agentMs"))),
    messages_per_second: rounded(messagesPerSecond),
    publish_per_second: rounded(publishPerSecond),
    trials: bus.length,
  };
  return { ok: figures.p50_above_publish_ms <= LIMIT_MS, figures };
}
