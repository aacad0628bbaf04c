import { expect, test } from "vitest";
import { judge, judgeHung, type Trial } from "./stop.ts";

const trial = (stopMs: number, answered = true): Trial => ({ stopMs, answered });

test("each kind has its percentiles", () => {
  const trials = Array.from({ length: 200 }, (_, index) => trial(index + 1));
  const { ok, figures } = judge(new Map([["run_shell", trials]]));
  expect(ok).toBe(true);
  expect(figures).toEqual({ run_shell: { p99_ms: 198, p50_ms: 100, trials: 200, answered: 200 } });
});

test("one slow stop among twenty, one message that did not work, or no trial at all is not ok", () => {
  const good = Array.from({ length: 19 }, () => trial(50));
  const isOk = (...trials: Trial[]) =>
    judge(
      new Map([
        ["run_ssh" as const, trials],
        ["model" as const, good],
      ]),
    ).ok;
  expect(isOk(...good, trial(1_000))).toBe(true);
  expect(isOk(...good, trial(1_001))).toBe(false);
  expect(isOk(...good, trial(50, false))).toBe(false);
  expect(isOk()).toBe(false);
  expect(judge(new Map()).ok).toBe(false);
});

test("a node that hangs is judged phase by phase: late, or not mended, is not ok", () => {
  const good = { lateMs: 900, isMended: true };
  const isOk = (bad: Partial<typeof good>) =>
    judgeHung(new Map([["exec" as const, { stop: [good, good], limit: [good, { ...good, ...bad }] }]]));
  expect(isOk({})).toEqual({
    ok: true,
    figures: {
      run_ssh_hung: {
        exec: {
          ...{ stop_p50_ms: 900, stop_max_ms: 900, limit_p50_ms: 900, limit_max_ms: 900 },
          ...{ trials: 4, mended: 4 },
        },
      },
    },
  });
  expect(isOk({ lateMs: 1_001 }).ok).toBe(false);
  expect(isOk({ isMended: false }).ok).toBe(false);
  expect(judgeHung(new Map()).ok).toBe(false);
});
