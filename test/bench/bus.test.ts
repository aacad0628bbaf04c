import { expect, test } from "vitest";
import { judge, type Measured, run } from "./bus.ts";

/** A bare transaction takes 1 ms from the operator, 2 from an agent, and there are 1,000 of them in a second. */
function measured(bus: { operatorMs: number; agentMs: number }, messagesPerSecond = 900): Measured {
  const multi = [{ operatorMs: 1, agentMs: 2 }];
  return { bus: [bus], multi, messagesPerSecond, multiPerSecond: 1_000 };
}

test("a hop between two roles is told as a multiple of a bare transaction's", () => {
  const { ok, figures } = judge(measured({ operatorMs: 4, agentMs: 5 }));
  expect(figures).toMatchObject({
    operator_p50_ms: 4,
    agent_p50_ms: 5,
    operator_to_multi: 4,
    hop_to_multi: 2.5,
  });
  expect(ok).toBe(true);
});

test("more than two and a half times as long is a failure, and so is less than 0.6 of the messages", () => {
  expect(judge(measured({ operatorMs: 1, agentMs: 5.2 })).ok).toBe(false);
  expect(judge(measured({ operatorMs: 1, agentMs: 2 }, 590)).ok).toBe(false);
});

test("nothing measured is a failure", () => {
  expect(judge({ ...measured({ operatorMs: 1, agentMs: 1 }), bus: [] }).ok).toBe(false);
});

test("real agents are asked and heard", async () => {
  const { figures } = await run(["--trials", "3", "--messages", "20"], new AbortController().signal);
  expect(figures["trials"]).toBe(3);
  for (const [name, figure] of Object.entries(figures)) expect(figure, name).toBeGreaterThan(0);
}, 60_000);
