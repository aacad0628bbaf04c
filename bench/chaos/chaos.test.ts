import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Cell, planRuns } from "./plan.ts";
import { brokenRuns, runSeries } from "./series.ts";
import type { Weakness } from "./weakness.ts";

/** Runs in which something was broken, by invariant; every run must have come to its point. */
async function broken(runs: number, wanted: (cell: Cell) => boolean, weakness?: Weakness) {
  const keep = await mkdtemp(join(tmpdir(), "minilab-chaos-kept-"));
  try {
    const series = await runSeries({
      plans: planRuns(runs, 1, wanted),
      ...{ lanes: 2, keep, onProgress: () => {}, signal: new AbortController().signal },
      ...(weakness && { weakness }),
    });
    expect(series.unreached).toEqual([]);
    if (!weakness) expect(series.findings).toEqual([]);
    return brokenRuns(series);
  } finally {
    await rm(keep, { recursive: true, force: true });
  }
}

const MINUTES_MS = 60_000;

test(
  "twelve crashes cost no message, repeat no effect and no reply, and hide nothing (F01, F51)",
  async () => {
    expect(await broken(12, () => true)).toEqual({
      ...{ lost: 0, duplicateEffects: 0, duplicateReplies: 0, silentUnknowns: 0, orphans: 0 },
    });
  },
  3 * MINUTES_MS,
);

const CONTROLS: readonly [Weakness, "duplicateEffects" | "duplicateReplies", (cell: Cell) => boolean][] = [
  // it wakes up while its successor is waiting for the model
  ["fence", "duplicateEffects", (cell) => is(cell, "lease.renew.before", "shell ssh", "freeze")],
  ["marker", "duplicateEffects", (cell) => is(cell, "tool.during", "terraform", "kill-both")],
  ["order", "duplicateEffects", (cell) => is(cell, "tool.after", "shell ssh files", "kill-agent")],
  // the answer to the last write is lost
  ["dedupe", "duplicateReplies", (cell) => is(cell, "finish.decided", "shell files", "cut")],
];

test.each(CONTROLS)(
  "without the %s the same runs show %s",
  async (weakness, invariant, wanted) => {
    expect((await broken(8, wanted, weakness))[invariant]).toBeGreaterThan(0);
  },
  3 * MINUTES_MS,
);

function is({ point, tools, fault }: Cell, ...[wantedPoint, classes, wantedFault]: string[]): boolean {
  return point === wantedPoint && classes?.split(" ").includes(tools) === true && fault === wantedFault;
}
