/**
 * `./minilab bench aof-cut [--every N]`: Redis loses power in the middle of a transaction. For each kind that the bus
 * writes, the append-only file is cut at every byte (or every N-th) of the last one; after each restart Redis holds all
 * of it or nothing of it, and its views of what was said and done agree.
 */
import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { Redis } from "ioredis";
import type { Outcome } from "../rig/benchmark.ts";
import { MortalRedis } from "../rig/mortal-redis.ts";
import { type Act, KINDS, modeOf, setScene } from "./aof-cut/kinds.ts";
import { AOF, replay } from "./aof-cut/replay.ts";
import { disagreements, type View, viewOf } from "./aof-cut/view.ts";

/** redis-servers at once. */
const SERVERS = 2;

/** `problems` are sentences; every point has at most a few. */
export type Cuts = { points: number; problems: string[] };

export async function run(args: string[], signal: AbortSignal): Promise<Outcome> {
  const { values } = parseArgs({ args, options: { every: { type: "string", default: "1" } } });
  const every = Number(values.every);
  const results: [string, Cuts][] = [];
  for (const [kind, act] of Object.entries(KINDS)) results.push([kind, await cut(act, { every, signal })]);
  return judge(Object.fromEntries(results));
}

/** Do it once, then cut it at each point. Throws when it wrote nothing. */
export async function cut(
  act: Act,
  { every, signal }: { every: number; signal: AbortSignal },
): Promise<Cuts> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "minilab-bench-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const recorded = await record(act, directory, signal);
  const { first, last } = recorded;
  if (last === first) throw new Error("nothing was written");
  const points: number[] = [];
  for (let point = first; point < last; point += every) points.push(point);
  points.push(last);
  const problems: string[] = [];
  await inParallel(points, async (point) => {
    signal.throwIfAborted();
    const view = await replay(directory, point);
    const expected = point === last ? recorded.after : recorded.before;
    if (!isDeepStrictEqual(view, expected))
      problems.push(`cut at byte ${point - first}: half of it is there`);
    problems.push(...disagreements(view, modeOf(act)).map((text) => `cut at byte ${point - first}: ${text}`));
  });
  return { points: points.length, problems };
}

type Recorded = { first: number; last: number; before: View; after: View };

/** The act's place in the file, and what Redis held before and after it. */
async function record(act: Act, directory: string, signal: AbortSignal): Promise<Recorded> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await MortalRedis.start(directory, { mode: modeOf(act) }));
  const redis = new Redis(server.urlOf("judge"));
  stack.defer(async () => redis.disconnect());
  const scene = await setScene({ server, mode: modeOf(act), redis, signal }, stack);
  const size = () => statSync(join(directory, AOF)).size;
  const [before, first] = [await viewOf(redis), size()];
  await act(scene);
  const last = size();
  return { before, first, last, after: await viewOf(redis) };
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: SERVERS }, worker));
}

export function judge(results: Readonly<Record<string, Cuts>>): Outcome {
  const all = Object.values(results);
  const sum = (count: (cuts: Cuts) => number) => all.reduce((total, cuts) => total + count(cuts), 0);
  const kinds = Object.entries(results).map(([kind, { points, problems }]) => {
    return [kind, { points, violations: problems.length, ...(problems[0] && { first: problems[0] }) }];
  });
  const figures = {
    points: sum(({ points }) => points),
    violations: sum(({ problems }) => problems.length),
    kinds: Object.fromEntries(kinds),
  };
  return { ok: figures.violations === 0 && figures.points > 0, figures };
}
