/** Many runs, some at a time, and what they add up to. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LEASE_MS } from "../../../agents/bus/redis-lease.ts";
import { INVARIANTS, judge, type Violation } from "./judge.ts";
import type { Lane } from "./lane.ts";
import { OrphanWatch } from "./orphans.ts";
import type { Plan } from "./plan.ts";
import { openStage } from "./stage.ts";
import { isStopped, runTrial, type TrialOptions } from "./trial.ts";
import type { Weakness } from "./weakness.ts";

export type SeriesOptions = {
  plans: readonly Plan[];
  /** Runs at a time. */
  lanes: number;
  weakness?: Weakness;
  /** Agents stay frozen for this long, under the product's own lease. */
  freezeMs?: number;
  /** What broken runs leave behind is copied there. */
  keep: string;
  onProgress(done: number, violations: number): void;
  signal: AbortSignal;
};

export type Finding = { plan: Plan; invariant: Violation["invariant"] | "orphans"; detail: string };
export type Series = { done: Plan[]; unreached: Plan[]; findings: Finding[] };

/** Everything that it starts has ended when it settles. */
export async function runSeries(options: SeriesOptions): Promise<Series> {
  const { signal } = options;
  await using stack = new AsyncDisposableStack();
  const { model, openLane } = await openStage(stack, signal);
  const queue = [...options.plans];
  const series: Series = { done: [], unreached: [], findings: [] };
  const orphans = new OrphanWatch();
  const work = async () => {
    const { weakness, freezeMs } = options;
    const lane = await openLane(freezeMs && LEASE_MS);
    const trialOptions = {
      lane,
      model,
      signal,
      ...(weakness && { weakness }),
      ...(freezeMs && { freezeMs }),
    };
    for (let plan = queue.shift(); plan; plan = queue.shift()) {
      await runOne(plan, { options, series, orphans, trialOptions });
    }
  };
  await Promise.all(Array.from({ length: options.lanes }, work));
  await orphans.finish(signal);
  return series;
}

type Work = { options: SeriesOptions; series: Series; orphans: OrphanWatch; trialOptions: TrialOptions };

async function runOne(plan: Plan, { options, series, orphans, trialOptions }: Work): Promise<void> {
  const { lane } = trialOptions;
  const trial = await runTrial(plan, trialOptions);
  const found = judge(trial.evidence, isStopped(plan)).map((violation) => ({ plan, ...violation }));
  series.findings.push(...found);
  (trial.isReached ? series.done : series.unreached).push(plan);
  if (found.length > 0) keepTraces(join(options.keep, `run-${plan.run}`), lane, { plan, trial, found });
  await lane.clear();
  orphans.suspect(trial.messageId, (processes) =>
    series.findings.push({ plan, invariant: "orphans", detail: processes.join(", ") }),
  );
  orphans.look();
  options.onProgress(series.done.length + series.unreached.length, series.findings.length);
}

function keepTraces(directory: string, lane: Lane, traces: object): void {
  mkdirSync(directory, { recursive: true });
  cpSync(lane.log, join(directory, "agents.log"));
  writeFileSync(join(directory, "evidence.json"), JSON.stringify(traces, null, 2));
}

const FIGURES = [...INVARIANTS, "orphans"] as const;

/** Runs in which an invariant was broken, by invariant. */
export function brokenRuns({ findings }: Pick<Series, "findings">): Record<(typeof FIGURES)[number], number> {
  const count = (name: string) =>
    new Set(findings.filter(({ invariant }) => invariant === name).map(({ plan }) => plan.run)).size;
  return Object.fromEntries(FIGURES.map((name) => [name, count(name)])) as never;
}
