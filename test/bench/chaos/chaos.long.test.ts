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
      ...{ plans, lanes: 4, keep, onProgress: () => {}, signal: new AbortController().signal },
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
    ...{ lost: 0, duplicateEffects: 0, duplicateReplies: 0, silentUnknowns: 0, lateWrites: 0, orphans: 0 },
  });
}, 180_000);

type Broken = "duplicateEffects" | "duplicateReplies" | "lateWrites";

const CONTROLS: readonly [Weakness, Broken, cell: string, isWanted: (plan: Plan) => boolean][] = [
  // it wakes up while its successor is waiting for the model
  [
    "fence",
    "duplicateEffects",
    "model.ask.after ssh freeze",
    ({ nth, form }) => nth === 1 && form > 0.3 && form < 0.6,
  ],
  // it wakes up right before a command on a connection that is open, of which its successor has said UNKNOWN
  ["permit", "lateWrites", "node.exec.before ssh freeze", ({ nth, form }) => nth === 2 && form > 0.6],
  // terraform is killed as well, so that it leaves no state behind
  [
    "marker",
    "duplicateEffects",
    "tool.during terraform kill-both",
    ({ nth, form }) => nth === 1 && form > 0.4,
  ],
  ["order", "duplicateEffects", "tool.after ssh kill-agent", ({ nth }) => nth === 1],
  // the answer to the last write is lost
  ["dedupe", "duplicateReplies", "finish.decided files cut", ({ nth, form }) => nth === 1 && form > 0.5],
];

test.each(CONTROLS)(
  "without the %s the same runs show %s",
  async (weakness, invariant, name, isWanted) => {
    const plans = planRuns(100, 1, ({ point, tools, fault }) => `${point} ${tools} ${fault}` === name);
    expect((await broken(plans.filter(isWanted).slice(0, 4), weakness))[invariant]).toBeGreaterThan(0);
  },
  180_000,
);
