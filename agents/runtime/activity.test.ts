import { expect, test } from "vitest";
import { createRedactor } from "../redact/redact.ts";
import { nextEvent } from "../testing/bus-contract.ts";
import { createMemoryBus } from "../testing/memory-bus.ts";
import { ActivityReporter } from "./activity.ts";

test("what a role is doing names no secret, whoever gave it its name (F59)", async () => {
  const bus = createMemoryBus();
  const activity = new ActivityReporter({
    bus,
    role: "QA_Tester",
    queued: () => 0,
    redactor: createRedactor(["hunter2hunter2"]),
  });
  const seen = nextEvent(bus, (event) => event.kind === "activity");
  activity.listener({ kind: "model_waiting", reason: "no such key: hunter2hunter2", delayMs: 1 });
  expect(await seen).toMatchObject({ state: "waiting", detail: "no such key: [redacted]" });
  activity.close();
});
