/**
 * `./minilab bench chaos [--runs N] [--seed S] [--lanes L] [--only TEXT] [--freeze-s S]
 * [--without GUARD]`: agents at work while they,
 * Redis and the network between them are killed, frozen and cut at named points; afterwards nothing may be lost, done or
 * said twice, left running, not told, or written by who woke up too late. A seed repeats a series; `--freeze-s` is the
 * time that frozen agents stay so (with the product's lease of 15 s instead of one of 1.5 s); `--only` takes the cells whose `point class fault` has
 * TEXT in it, `--without` takes a guard out of the agents, to show that the runs see it missing.
 */
import { randomInt } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../agents/base/errors.ts";
import { RUN_DIR } from "../../launcher/team/project.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { readCount, readOptions } from "../rig/options.ts";
import { allCells, type Cell, planRuns } from "./chaos/plan.ts";
import { brokenRuns, runSeries, type Series } from "./chaos/series.ts";
import { WEAKNESSES } from "./chaos/weakness.ts";

const DEFAULTS = { runs: "300", seed: "", lanes: "2", only: "", "freeze-s": "", without: "" };

const PROGRESS_MS = 10_000;

export async function run(args: string[], signal: AbortSignal): Promise<Outcome> {
  const options = readOptions(args, DEFAULTS);
  const seed = Number(options.seed || randomInt(2 ** 31));
  const keep = join(RUN_DIR, `chaos-${seed}`);
  const freezeMs = options["freeze-s"] ? 1_000 * readCount("freeze-s", options["freeze-s"]) : 0;
  const wanted = (cell: Cell) => nameOf(cell).includes(options.only) && (!freezeMs || canFreezeLong(cell));
  const weakness = WEAKNESSES.find((name) => name === options.without);
  if (options.without && !weakness)
    throw new AppError("bad_arguments", `--without takes one of ${WEAKNESSES.join(", ")}`);
  const plans = planRuns(readCount("runs", options.runs), seed, wanted);
  mkdirSync(RUN_DIR, { recursive: true });
  process.stderr.write(`chaos: ${plans.length} runs, seed ${seed}\n`);
  const onProgress = progress(plans.length);
  const series = await runSeries({
    plans,
    lanes: readCount("lanes", options.lanes),
    keep,
    onProgress,
    signal,
    ...(weakness && { weakness }),
    ...(freezeMs && { freezeMs }),
  });
  return report(series, seed, allCells().filter(wanted));
}

/** No turn of these runs is as long as the product's lease. */
function canFreezeLong({ point, fault }: Cell): boolean {
  return fault === "freeze" && !point.startsWith("lease.renew");
}

/** A line when the last one is ten seconds old. */
function progress(total: number): (done: number, violations: number) => void {
  let toldMs = performance.now();
  return (done, violations) => {
    if (performance.now() - toldMs < PROGRESS_MS) return;
    toldMs = performance.now();
    process.stderr.write(`chaos: ${done} of ${total} runs, ${violations} violations\n`);
  };
}

export function report(series: Series, seed: number, wanted: readonly Cell[]): Outcome {
  const { done, unreached, findings } = series;
  for (const { plan, invariant, detail } of findings) {
    process.stderr.write(`chaos: run ${plan.run}, ${nameOf(plan)} (${plan.nth}): ${invariant}: ${detail}\n`);
  }
  for (const plan of unreached) {
    process.stderr.write(`chaos: run ${plan.run}, ${nameOf(plan)} (${plan.nth}): the turn did not come by\n`);
  }
  const names = (key: keyof Cell, cells: readonly Cell[]) => new Set(cells.map((cell) => cell[key]));
  const missing = (["point", "tools", "fault"] as const).flatMap((key) => [
    ...[...names(key, wanted)].filter((name) => !names(key, done).has(name)),
  ]);
  const broken = brokenRuns(series);
  const figures = {
    ...{ runs: done.length, ...broken, seed, unreached: unreached.length },
    ...{
      failpoints: names("point", done).size,
      classes: names("tools", done).size,
      faults: names("fault", done).size,
    },
    cells_covered: `${new Set(done.map(nameOf)).size} of ${wanted.length}`,
    not_covered: missing.join(" ") || "nothing",
    cells: new Counts(done.map(nameOf)),
  };
  const isShort = done.length + unreached.length < names("point", wanted).size;
  const isCovered = missing.length === 0 || isShort;
  return { ok: isCovered && Object.values(broken).every((count) => count === 0), figures };
}

const nameOf = ({ point, tools, fault }: Cell) => `${point} ${tools} ${fault}`;

/** Runs by cell: in the JSON only, a table would drown in it. */
class Counts {
  readonly #names: readonly string[];

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  toJSON(): Record<string, number> {
    const groups = Object.entries(Object.groupBy(this.#names, (name) => name));
    return Object.fromEntries(groups.map(([name, runs]) => [name, runs?.length ?? 0]));
  }
}
