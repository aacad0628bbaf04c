import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Plan, planRuns } from "./plan.ts";
import { brokenRuns, runSeries } from "./series.ts";
import type { Weakness } from "./weakness.ts";

/** Runs in which something was broken, by invariant; every run must have come to its point. */
async function broken(plans: Plan[], weakness?: Weakness) {
  const keep = await mkdtemp(join(tmpdir(), "minilab-chaos-kept-"));
  try {
    const series = await runSeries({
      ...{ plans, lanes: 2, keep, onProgress: () => {}, signal: new AbortController().signal },
      ...(weakness && { weakness }),
    });
    expect(series.unreached).toEqual([]);
    if (!weakness) expect(series.findings).toEqual([]);
    return brokenRuns(series);
  } finally {
    await rm(keep, { recursive: true, force: true });
  }
}

test("twelve crashes cost no message, repeat no effect and no reply, and hide nothing (F01, F51)", async () => {
  expect(await broken(planRuns(12, 1))).toEqual({
    ...{ lost: 0, duplicateEffects: 0, duplicateReplies: 0, silentUnknowns: 0, orphans: 0 },
  });
}, 180_000);

const CONTROLS: readonly [Weakness, "duplicateEffects" | "duplicateReplies", (plan: Plan) => boolean][] = [
  // it wakes up while its successor is waiting for the model
  [
    "fence",
    "duplicateEffects",
    (plan) => is(plan, "model.ask.after ssh freeze") && plan.form > 0.3 && plan.form < 0.6,
  ],
  // terraform is killed as well, so that it leaves no state behind
  ["marker", "duplicateEffects", (plan) => is(plan, "tool.during terraform kill-both") && plan.form > 0.4],
  ["order", "duplicateEffects", (plan) => is(plan, "tool.after ssh kill-agent")],
  // the answer to the last write is lost
  ["dedupe", "duplicateReplies", (plan) => is(plan, "finish.decided files cut") && plan.form > 0.5],
];

test.each(CONTROLS)(
  "without the %s the same runs show %s",
  async (weakness, invariant, wanted) => {
    const plans = planRuns(100, 1, (cell) => wanted({ ...cell, run: 0, nth: 1, form: 0.55 })).filter(wanted);
    expect(
      (await broken(plans.filter(({ nth }) => nth === 1).slice(0, 4), weakness))[invariant],
    ).toBeGreaterThan(0);
  },
  180_000,
);

function is({ point, tools, fault }: Plan, cell: string): boolean {
  return `${point} ${tools} ${fault}` === cell;
}
