import { expect, test } from "vitest";
import { judge, type Showing } from "./loop.ts";

/** Every step takes `stepMs`, in runs of 100 `longMs`. */
function showing(stepMs: number, longMs = stepMs): Showing[] {
  const lap = (steps: number, ms: number) => ({ steps, wallMs: steps * ms, cpuMs: steps * ms * 2 });
  const laps = [lap(10, stepMs), lap(50, stepMs), lap(100, longMs), lap(100, 99), lap(100, 0)];
  return [{ laps, rssStartMb: 80, rssEndMb: 100 }];
}

function contest(ours: Showing[], createAgent: Showing[]) {
  const other = showing(1);
  return judge({ ours, ours_redis: other, createAgent, openai: other, ai_sdk: other, openai_agents: other });
}

test("the overhead a step is the median of the runs of that length, by step", () => {
  const { ok, figures } = contest(showing(1), showing(2));
  expect(ok).toBe(true);
  expect(figures).toMatchObject({
    ratio_to_createAgent_at_100: 0.5,
    cpu_ratio_to_createAgent_at_100: 0.5,
    growth_10_to_100: 1,
    peers: { ours: { wall_ms_100: 1, cpu_ms_10: 2, rss_start_mb: 80, rss_end_mb: 100 } },
  });
});

test("too slow beside createAgent, growing with the history, or not measured is not ok", () => {
  expect(contest(showing(1.3), showing(2)).ok).toBe(false);
  expect(contest(showing(1, 1.6), showing(4)).ok).toBe(false);
  expect(contest([], showing(2)).ok).toBe(false);
});
