/**
 * `./minilab bench restart [--restarts N] [--seed S] [--without acl]`: four agents and an operator at work while Redis, or
 * all of them, end at random instants (SIGTERM, SIGKILL, a file cut behind the last acknowledged byte) and come back,
 * strict, with the product's configuration. What was acknowledged must be there; what STOP or CLEAR ended must not run.
 * A seed repeats the faults; `--without acl` gives the user `default` the rights of an older version, with which Redis
 * forgets: that must show.
 */
import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { AppError } from "../../agents/base/errors.ts";
import { randomFrom } from "../../agents/testing/random.ts";
import { build } from "../../launcher/team/bundle.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { MortalRedis } from "../rig/mortal-redis.ts";
import { readCount, readOptions } from "../rig/options.ts";
import { Crew } from "./restart/crew.ts";
import { Facts } from "./restart/facts.ts";
import { FAULTS, type Fault, restart, type Scene } from "./restart/faults.ts";
import { missing } from "./restart/judge.ts";
import { Operator } from "./restart/operator.ts";

const DEFAULTS = { restarts: "20", seed: "", without: "" };
/** Longest time under load before a fault, and the time in which a stopped team would show that it is not. */
const LOAD_MS = 800;
const STOPPED_MS = 1_200;
/** For the operator's words to be acknowledged, once Redis runs again. */
const ANSWER_MS = 15_000;
/** For all that still waits at the end. */
const DRAIN_MS = 60_000;

export type Measured = {
  restarts: number;
  faults: Fault[];
  facts: Facts;
  lost: ReadonlySet<string>;
  refusal?: string;
};

export async function run(args: string[], signal: AbortSignal): Promise<Outcome> {
  const options = readOptions(args, DEFAULTS);
  if (!["", "acl"].includes(options.without)) throw new AppError("bad_arguments", "--without takes acl");
  const seed = Number(options.seed || randomInt(2 ** 31));
  const restarts = readCount("restarts", options.restarts);
  process.stderr.write(`restart: ${restarts} restarts, seed ${seed}\n`);
  await using stack = new AsyncDisposableStack();
  const scene = await open({ seed, isWeak: options.without === "acl", signal }, stack);
  const measured = await measure(scene, restarts, stack);
  return judge(measured, { seed, restarts });
}

async function open(
  { seed, isWeak, signal }: { seed: number; isWeak: boolean; signal: AbortSignal },
  stack: AsyncDisposableStack,
): Promise<Scene> {
  const directory = await mkdtemp(join(tmpdir(), "minilab-bench-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  await build({ agent: "test/bench/restart/agent.ts" }, directory);
  const changeUsers = (text: string) =>
    isWeak ? text.replace(/^user default .*$/m, "user default off resetpass -@all") : text;
  const redis = stack.use(await MortalRedis.start(join(directory, "redis"), { changeUsers }));
  const facts = new Facts();
  facts.began(redis.file);
  const random = randomFrom(seed);
  const operator = stack.use(new Operator(redis.urlOf("console"), { facts, random: randomFrom(seed + 1) }));
  const crew = stack.use(
    new Crew(join(directory, "agent.mjs"), redis, (role, told) => facts.told(role, told)),
  );
  crew.start();
  return { redis, crew, operator, facts, random, signal };
}

async function measure(scene: Scene, restarts: number, stack: AsyncDisposableStack): Promise<Measured> {
  const { facts, redis, operator, signal } = scene;
  const judging = new Redis(redis.urlOf("judge"), { maxRetriesPerRequest: null });
  judging.on("error", () => {}); // it comes back with Redis
  stack.defer(async () => judging.disconnect());
  const measured = { restarts: 0, faults: [] as Fault[], facts, lost: new Set<string>() };
  await operator.say("die of this", ["QA_Tester"], signal);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(DRAIN_MS)]);
  while (facts.buried.size === 0) await sleep(50, undefined, { signal: limit });
  while (measured.restarts < restarts) {
    const fault = pick(FAULTS, scene.random);
    const isAnswered = await oneRestart(fault, scene);
    measured.restarts++;
    measured.faults.push(fault);
    for (const text of await missing(facts, judging)) measured.lost.add(text);
    if (isAnswered) continue;
    return { ...measured, refusal: operator.refusal }; // it has lost something, and the programs refuse it
  }
  for (const text of await undone(scene, judging)) measured.lost.add(text);
  return measured;
}

/** One restart under load, or while the team is stopped. False when the programs did not get at Redis any more. */
async function oneRestart(fault: Fault, scene: Scene): Promise<boolean> {
  const { operator, random, signal } = scene;
  const resting = new AbortController();
  const limit = new AbortController();
  const acts = AbortSignal.any([signal, limit.signal]);
  const chance = random();
  const acting = (async () => {
    await operator.load(
      AbortSignal.any([resting.signal, AbortSignal.timeout(Math.floor(random() * LOAD_MS))]),
      acts,
    );
    if (chance < 0.5) await operator.command(chance < 0.3 ? "STOP" : "CLEAR", acts);
    else await operator.load(resting.signal, acts);
  })();
  await sleep(random() * 2 * LOAD_MS, undefined, { signal });
  await restart(fault, scene);
  resting.abort();
  const patience = setTimeout(() => limit.abort(new Error("no answer")), ANSWER_MS);
  const isAnswered = await acting.then(
    () => true,
    () => (limit.signal.aborted ? false : Promise.reject(signal.reason)),
  );
  clearTimeout(patience);
  if (isAnswered && scene.facts.control?.state === "stopped") await sleep(STOPPED_MS, undefined, { signal });
  return isAnswered;
}

/** What still waits in the end is worked on by the team that came back. */
async function undone({ facts, signal }: Scene, redis: Redis): Promise<string[]> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(DRAIN_MS)]);
  const waiting = async () => (await redis.keys("inbox:*")).map((key) => redis.xlen(key));
  const left = async () => (await Promise.all(await waiting())).reduce((sum, count) => sum + count, 0);
  while ((await left()) > 0 && !limit.aborted) await sleep(50);
  signal.throwIfAborted();
  const rest = await left();
  return [...(await missing(facts, redis)), ...(rest > 0 ? [`${rest} messages that nobody works on`] : [])];
}

function pick<T>(from: readonly T[], random: () => number): T {
  return from[Math.floor(random() * from.length)] as T;
}

export function judge(
  { restarts, faults, facts, lost, refusal }: Measured,
  asked: { seed: number; restarts: number },
): Outcome {
  const revived = new Set(facts.revived().map(({ id }) => id));
  const acknowledged = {
    messages: facts.said.size,
    journals: facts.kept.size,
    dead_letters: facts.buried.size,
    archives: facts.archives.size,
  };
  const figures = {
    ...{ restarts, lost: lost.size, revived: revived.size, seed: asked.seed, acknowledged },
    faults: Object.fromEntries(FAULTS.map((name) => [name, faults.filter((fault) => fault === name).length])),
    ...(lost.size > 0 && { first: [...lost].slice(0, 5).join("; ") }),
    ...(refusal !== undefined && { refusal }),
  };
  const isWhole = restarts === asked.restarts && acknowledged.messages > 0 && acknowledged.journals > 0;
  return { ok: isWhole && lost.size === 0 && revived.size === 0, figures };
}
