/**
 * `./minilab bench bus [--trials N --messages N --against DIR]`: how soon a message becomes a model request, with real
 * agents and the product's own Redis, beside programs that make the same request and write the same commands in one
 * bare transaction. Trials alternate. An agent's message counts from the moment that the model has answered its author:
 * what the author does before it speaks is in it. With `--against` only the hop between two roles is measured, beside
 * the checkout in DIR, both started by their own `./minilab up`.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import type { Draft } from "../../agents/bus/bus.ts";
import { connectRedisBus } from "../../agents/bus/redis-bus.ts";
import { newMessageId } from "../../agents/protocol/message.ts";
import { OPERATOR, type Role } from "../../agents/protocol/roles.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { ours } from "../../agents/redact/redacted.ts";
import { build } from "../../launcher/team/bundle.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { percentile, rounded } from "../rig/measure.ts";
import { MortalRedis } from "../rig/mortal-redis.ts";
import { readOptions } from "../rig/options.ts";
import { compareHops } from "./bus/against-checkout.ts";
import { say } from "./bus/bare-commands.ts";
import { connected } from "./bus/connected.ts";
import { type Arena, AUTHOR, compare, type Latency, TAGGED } from "./bus/latency.ts";
import { prepareWorkspace, startRealAgent } from "./bus/real-agent.ts";
import { startTimedModel } from "./bus/timed-model.ts";
import { Answering } from "./peers/contest.ts";

/** A hop costs at most so many times what a bare transaction costs; throughput is at least this share of its. */
const LIMITS = { hop: 2.5, throughput: 0.6 };

type Stage = Arena & { server: MortalRedis; agents: AsyncDisposableStack };
export type Measured = {
  bus: Latency[];
  multi: Latency[];
  messagesPerSecond: number;
  multiPerSecond: number;
};

export async function run(args: string[], signal: AbortSignal): Promise<Outcome> {
  const { against, ...values } = readOptions(args, { trials: "300", messages: "2000", against: "" });
  if (against) return await compareHops(against, Number(values.trials), signal);
  await using stack = new AsyncDisposableStack();
  const arena = await setArena(stack, signal);
  const latencies = await compare(arena, Number(values.trials));
  await arena.agents.disposeAsync(); // who is compared with has ended too
  const count = Number(values.messages);
  const messagesPerSecond = await throughput(arena, { mode: "mailbox", name: "QA_Tester", count });
  const multiPerSecond = await throughput(arena, { mode: "channel", name: "QA_Tester", count });
  return judge({ ...latencies, messagesPerSecond, multiPerSecond });
}

async function setArena(stack: AsyncDisposableStack, signal: AbortSignal): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), "minilab-bench-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  prepareWorkspace(directory);
  await build({ bare: "test/bench/bus/bare.ts", taker: "test/bench/bus/taker.ts" }, directory);
  const server = stack.use(await MortalRedis.start(join(directory, "redis")));
  const bareServer = stack.use(await MortalRedis.start(join(directory, "bare-redis")));
  let answeredMs = Number.NaN;
  const model = await startTimedModel({
    answer: ({ role, from }) => (role === AUTHOR && from === OPERATOR ? `@${TAGGED} look at it` : "seen"),
    onAnswered: ({ role }, leftMs) => {
      if (role === AUTHOR) answeredMs = leftMs;
    },
  });
  stack.defer(model.close);
  const bus = connectRedisBus({ url: server.urlOf("console"), name: "bench", redactor: createRedactor([]) });
  stack.defer(() => bus.close());
  const bare = { url: bareServer.urlOf("judge"), redis: new Redis(bareServer.urlOf("judge")) };
  stack.defer(async () => bare.redis.disconnect());
  const accessOf = (role: Role) => server.accessOf(role);
  await connected(bus);
  await bus.control({ signal }); // begins the session
  const place = { directory, modelUrl: model.url, accessOf };
  const agents = stack.use(new AsyncDisposableStack());
  await Promise.all([AUTHOR, TAGGED].map((role) => startRealAgent(role, { place, bus, stack: agents })));
  return { directory, server, model, bus, bare, signal, agents, authorAnsweredMs: () => answeredMs };
}

type Flood = { mode: "mailbox" | "channel"; name: Role; count: number };

/** From one sender that waits for each to be confirmed, until another process has taken in the last. */
async function throughput({ server, directory, bus, bare, signal }: Stage, flood: Flood): Promise<number> {
  const { mode, name, count } = flood;
  const args = [mode === "mailbox" ? server.urlOf(name) : bare.url, mode, name, String(count)];
  await using taker = new Answering(join(directory, "taker.mjs"), { args, directory, signal });
  await taker.answer(); // that it is ready
  const beganMs = performance.now();
  const done = taker.answer();
  for (let index = 0; index < count; index++) {
    const content = `message ${index}`;
    const draft: Draft = { id: newMessageId(OPERATOR), sender: OPERATOR, to: [name], content: ours(content) };
    if (mode === "mailbox") await bus.send(draft, { signal });
    else await bare.redis.multi(say(OPERATOR, { to: name, content })).exec();
  }
  await done;
  return (count * 1_000) / (performance.now() - beganMs);
}

export function judge({ bus, multi, messagesPerSecond, multiPerSecond }: Measured): Outcome {
  const of = (latencies: readonly Latency[], key: keyof Latency, share: number) =>
    percentile(
      latencies.map((latency) => latency[key]),
      share,
    );
  const ratio = (key: keyof Latency) => rounded(of(bus, key, 0.5) / of(multi, key, 0.5));
  const figures = {
    operator_p50_ms: rounded(of(bus, "operatorMs", 0.5)),
    operator_p99_ms: rounded(of(bus, "operatorMs", 0.99)),
    agent_p50_ms: rounded(of(bus, "agentMs", 0.5)),
    agent_p99_ms: rounded(of(bus, "agentMs", 0.99)),
    multi_operator_p50_ms: rounded(of(multi, "operatorMs", 0.5)),
    multi_agent_p50_ms: rounded(of(multi, "agentMs", 0.5)),
    multi_agent_p99_ms: rounded(of(multi, "agentMs", 0.99)),
    operator_to_multi: ratio("operatorMs"),
    hop_to_multi: ratio("agentMs"),
    messages_per_second: rounded(messagesPerSecond),
    multi_per_second: rounded(multiPerSecond),
    throughput_to_multi: rounded(messagesPerSecond / multiPerSecond),
    trials: bus.length,
  };
  const ok = figures.hop_to_multi <= LIMITS.hop && figures.throughput_to_multi >= LIMITS.throughput;
  return { ok, figures };
}
