import { expect, test } from "vitest";
import { ours } from "../redact/redacted.ts";
import { nextEvent } from "../testing/bus-contract.ts";
import { createMemoryBus } from "../testing/memory-bus.ts";
import { ActivityReporter } from "./activity.ts";

test("what a role is doing is told in at most 200 characters", async () => {
  const bus = createMemoryBus();
  const activity = new ActivityReporter({
    bus,
    role: "QA_Tester",
    queued: () => 0,
  });
  const seen = nextEvent(bus, (event) => event.kind === "activity");
  activity.listener({ kind: "model_waiting", reason: ours(`no such key: ${"x".repeat(300)}`), delayMs: 1 });
  expect(await seen).toMatchObject({ state: "waiting", detail: `no such key: ${"x".repeat(187)}` });
  activity.close();
});
