import { expect, test } from "vitest";
import { judge, type Measured, run } from "./bus.ts";

/** Each latency as often as the other, so that medians are the values themselves. */
function measured(bus: { operatorMs: number; agentMs: number }): Measured {
  const publish = [{ operatorMs: 1, agentMs: 2 }];
  return { bus: [bus], publish, messagesPerSecond: 900, publishPerSecond: 15_000 };
}

test("the slower of the two ways counts, each above its own bare PUBLISH", () => {
  const { ok, figures } = judge(measured({ operatorMs: 4, agentMs: 11 }));
  expect(figures).toMatchObject({ operator_p50_ms: 4, agent_p50_ms: 11, p50_above_publish_ms: 9 });
  expect(ok).toBe(true);
});

test("more than ten milliseconds above PUBLISH are a failure", () => {
  expect(judge(measured({ operatorMs: 11.5, agentMs: 3 })).ok).toBe(false);
});

test("nothing measured is a failure", () => {
  expect(judge({ ...measured({ operatorMs: 1, agentMs: 1 }), bus: [] }).ok).toBe(false);
});

test("real agents are asked and heard", async () => {
  const { figures } = await run(["--trials", "3", "--messages", "20"], new AbortController().signal);
  expect(figures["trials"]).toBe(3);
  for (const figure of Object.values(figures)) expect(figure).toBeTypeOf("number");
  for (const [name, figure] of Object.entries(figures)) {
    if (name !== "p50_above_publish_ms") expect(figure, name).toBeGreaterThan(0);
  }
}, 60_000);
