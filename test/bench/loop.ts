/**
 * `./minilab bench loop [--rounds N]`: what our turn costs a step, beside createAgent, a bare loop over the openai
 * package, the Vercel AI SDK and @openai/agents. Same model server without latency, same tool, same instructions, all
 * bundled by the launcher's bundler, each in a fresh process, rounds interleaved, medians. The overhead a step at N
 * is the mean time of a step in a run of N steps; the time of the model server is in it, and the same for all. Ours
 * redacts as the product does, with 30 secrets.
 */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../../launcher/team/bundle.ts";
import { PROJECT_DIR } from "../../launcher/team/project.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { median, rounded } from "../rig/measure.ts";
import { MortalRedis } from "../rig/mortal-redis.ts";
import { readCount, readOptions } from "../rig/options.ts";
import { compareRehearsals } from "./against/rehearsal-cpu.ts";
import type { Lap } from "./peers/compete.ts";
import { Answering } from "./peers/contest.ts";
import { ROLE } from "./peers/task.ts";

/** Name in the figures, and the program in bench/peers/. */
const CONTENDERS = {
  ours: "ours",
  ours_redis: "ours",
  createAgent: "create-agent",
  openai: "openai-loop",
  ai_sdk: "ai-sdk",
  openai_agents: "openai-agents",
} as const;
type Name = keyof typeof CONTENDERS;

const SIZES = [10, 50, 100] as const;
/** Until the compiler has settled: the seventh hundred of steps takes as long as the fifteenth, for everybody. */
const WARM_UP = Array.from({ length: 8 }, () => 100);
const LAPS = [10, 50, 10, 100, 10, 50, 10, 100, 10, 50, 10, 100];
const LIMITS = { ratio: 0.55, growth: 1.5 };

/** One contender in one process. */
export type Showing = { laps: Lap[]; rssStartMb: number; rssEndMb: number };
type Figures = Record<string, number>;
type Arena = {
  directory: string;
  programs: string;
  modelUrl: string;
  redisUrls: string[];
  signal: AbortSignal;
};

export async function run(args: string[], signal: AbortSignal): Promise<Outcome> {
  const options = readOptions(args, { rounds: "3", against: "" });
  const rounds = readCount("rounds", options.rounds);
  if (options.against) return await compareRehearsals(options.against, rounds, signal);
  const directory = await mkdtemp(join(tmpdir(), "minilab-bench-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  await cp(join(PROJECT_DIR, "prompts"), join(directory, "prompts"), { recursive: true });
  const programs = join(directory, "programs");
  await build(sources(), programs);
  const redis = stack.use(await MortalRedis.start(join(directory, "redis")));
  const redisUrls = [redis.urlOf("console"), redis.urlOf(ROLE)];
  const model = stack.use(new Answering(join(programs, "model.mjs"), { args: [], directory, signal }));
  const { url: modelUrl } = (await model.answer()) as { url: string };
  const arena = { directory, programs, modelUrl, redisUrls, signal };
  return judge(await contest(arena, rounds));
}

function sources(): Record<string, string> {
  const names = new Set<string>(["model", ...Object.values(CONTENDERS)]);
  return Object.fromEntries([...names].map((name) => [name, `test/bench/peers/${name}.ts`]));
}

async function contest(arena: Arena, rounds: number): Promise<Record<Name, Showing[]>> {
  const names = Object.keys(CONTENDERS) as Name[];
  const showings = Object.fromEntries(names.map((name) => [name, [] as Showing[]])) as Record<
    Name,
    Showing[]
  >;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) showings[name].push(await show(arena, name));
    names.reverse(); // nobody always comes after the same one
  }
  return showings;
}

async function show(arena: Arena, name: Name): Promise<Showing> {
  const { programs, modelUrl, redisUrls, directory, signal } = arena;
  const args = [modelUrl, directory, ...(name === "ours_redis" ? redisUrls : [])];
  await using contender = new Answering(join(programs, `${CONTENDERS[name]}.mjs`), {
    args,
    directory,
    signal,
  });
  await contender.answer(); // that it is ready
  const rssStartMb = contender.memory.rssMb;
  for (const steps of WARM_UP) await contender.lap(steps);
  const laps: Lap[] = [];
  for (const steps of LAPS) laps.push(await contender.lap(steps));
  return { laps, rssStartMb, rssEndMb: contender.memory.rssMb };
}

export function judge(showings: Readonly<Record<Name, Showing[]>>): Outcome {
  const entries = Object.entries(showings).map(([name, shown]) => [name, figuresOf(shown)] as const);
  const peers = Object.fromEntries(entries) as Record<Name, Figures>;
  const against = (key: string) => rounded((peers.ours[key] ?? NaN) / (peers.createAgent[key] ?? NaN));
  const ratio = against("wall_ms_100");
  const growth = rounded((peers.ours["wall_ms_100"] ?? NaN) / (peers.ours["wall_ms_10"] ?? NaN));
  const figures = {
    ratio_to_createAgent_at_100: ratio,
    cpu_ratio_to_createAgent_at_100: against("cpu_ms_100"),
    growth_10_to_100: growth,
    peers,
  };
  return { ok: ratio <= LIMITS.ratio && growth <= LIMITS.growth, figures };
}

function figuresOf(showings: readonly Showing[]): Figures {
  const laps = showings.flatMap((showing) => showing.laps);
  const aStep = (time: "wallMs" | "cpuMs", steps: number) =>
    median(laps.filter((lap) => lap.steps === steps).map((lap) => lap[time] / steps));
  const all = [
    ...SIZES.map((steps) => [`wall_ms_${steps}`, aStep("wallMs", steps)] as const),
    ...SIZES.map((steps) => [`cpu_ms_${steps}`, aStep("cpuMs", steps)] as const),
    ["rss_start_mb", median(showings.map((showing) => showing.rssStartMb))] as const,
    ["rss_end_mb", median(showings.map((showing) => showing.rssEndMb))] as const,
  ];
  return Object.fromEntries(all.map(([name, value]) => [name, rounded(value)]));
}
