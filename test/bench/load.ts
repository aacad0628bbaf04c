/**
 * `./minilab bench load [--seconds N --rate N --burst N --backlog N --trials N]`: the bus under load. Five speakers, and
 * four agents in processes of their own whose turns write their journal and end at once. A steady rate, a burst, a
 * backlog that the agents had taken in when they were killed, and STOP while the load goes on, with and without pub/sub.
 */
import { parseArgs } from "node:util";
import { HISTORY_LIMIT } from "../../agents/bus/bus.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { percentile, rounded } from "../rig/measure.ts";
import { Arena } from "./load/arena.ts";
import { startMuteProxy } from "./load/mute-proxy.ts";
import * as phases from "./load/phases.ts";
import { Speakers } from "./load/speakers.ts";

const LIMITS = { backlogS: 30, stopMs: 1_000, stopNoPubSubMs: 2_500 };

type Sizes = Record<"seconds" | "rate" | "burst" | "backlog" | "trials", number>;
export type Measured = {
  kept: readonly phases.Kept[];
  /** Messages that Redis still held for somebody at the end. */
  pending: number;
  historyMax: number;
  rate: number;
  burst: { saidPerSecond: number; handledPerSecond: number };
  backlog: phases.BacklogTimes;
  stopMs: readonly number[];
  stopNoPubSubMs: readonly number[];
};

export async function run(args: string[], signal: AbortSignal): Promise<Outcome> {
  return judge(await measure(parseSizes(args), signal));
}

function parseSizes(args: string[]): Sizes {
  const number = (fallback: string) => ({ type: "string", default: fallback }) as const;
  const rates = { seconds: number("60"), rate: number("200") };
  const counts = { burst: number("5000"), backlog: number("10000"), trials: number("100") };
  const { values } = parseArgs({ args, options: { ...rates, ...counts } });
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)])) as Sizes;
}

async function measure(sizes: Sizes, signal: AbortSignal): Promise<Measured> {
  await using stack = new AsyncDisposableStack();
  const arena = stack.use(await Arena.open());
  const speakers = await Speakers.enter(arena, stack);
  const load = { arena, speakers, signal };
  arena.start();
  const steady = await phases.steady(load, sizes);
  const burst = await phases.burst(load, sizes.burst);
  const backlog = await phases.backlog(load, sizes.backlog);
  const stop = await phases.stopUnderLoad(load, { ...sizes, cut: () => {} });
  await arena.kill();
  const proxy = await startMuteProxy(arena.port);
  stack.defer(proxy.close);
  arena.start(proxy.port);
  const muted = await phases.stopUnderLoad(load, { ...sizes, cut: proxy.mute });
  return {
    kept: [steady, burst, backlog, stop, muted].map(({ kept }) => kept),
    ...{ pending: await arena.pending(), historyMax: arena.historyMax, rate: steady.rate },
    ...{ burst, backlog: backlog.times, stopMs: stop.timesMs, stopNoPubSubMs: muted.timesMs },
  };
}

export function judge(measured: Measured): Outcome {
  const { kept, pending, historyMax, backlog, burst, stopMs, stopNoPubSubMs } = measured;
  const sum = (key: keyof phases.Kept) => kept.reduce((total, part) => total + part[key], 0);
  const figures = {
    messages: sum("handled"),
    stop_messages: kept.at(-2)?.handled ?? 0,
    stop_no_pubsub_messages: kept.at(-1)?.handled ?? 0,
    lost: sum("lost"),
    duplicates: sum("duplicates"),
    outOfOrder: sum("outOfOrder"),
    pending,
    historyMax,
    rate: rounded(measured.rate),
    burst_said_per_second: rounded(burst.saidPerSecond),
    burst_handled_per_second: rounded(burst.handledPerSecond),
    backlog_first_s: rounded(backlog.firstS),
    backlog_resume_s: rounded(backlog.resumedS),
    backlog_done_s: rounded(backlog.doneS),
    backlog_rss_mb_max: rounded(backlog.rssMb),
    stop_p50_ms: rounded(percentile(stopMs, 0.5)),
    stop_p99_ms: rounded(percentile(stopMs, 0.99)),
    stop_no_pubsub_p50_ms: rounded(percentile(stopNoPubSubMs, 0.5)),
    stop_no_pubsub_p99_ms: rounded(percentile(stopNoPubSubMs, 0.99)),
    trials: Math.min(stopMs.length, stopNoPubSubMs.length),
  };
  const nothingWrong = sum("lost") + sum("duplicates") + sum("outOfOrder") + pending === 0;
  const ok =
    nothingWrong &&
    historyMax <= HISTORY_LIMIT &&
    figures.backlog_resume_s <= LIMITS.backlogS &&
    figures.stop_p99_ms <= LIMITS.stopMs &&
    figures.stop_no_pubsub_p99_ms <= LIMITS.stopNoPubSubMs;
  return { ok, figures };
}
