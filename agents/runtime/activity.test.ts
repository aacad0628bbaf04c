import { expect, test } from "vitest";
import { ours } from "../redact/redacted.ts";
import { nextEvent } from "../testing/bus-contract.ts";
import { createMemoryBus } from "../testing/memory-bus.ts";
import { TestTeam } from "../testing/test-team.ts";
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

test("a wait that is over is not told any more while the model is asked again, which may take minutes", async () => {
  const team = new TestTeam();
  const activity = new ActivityReporter({ bus: team.bus, role: "QA_Tester", queued: () => 0 });
  const states: string[] = [];
  team.bus.watch((event) => event.kind === "activity" && states.push(event.state));
  const asked: (string | undefined)[] = [];
  await team.start({
    role: "QA_Tester",
    listeners: [activity.listener],
    answer: (_, index) => {
      asked.push(states.at(-1));
      return index === 0 ? { status: 503 } : { text: "It runs." };
    },
  });
  const said = team.saidBy("QA_Tester");
  await team.say("User", ["QA_Tester"], "Look.");
  await said;
  expect(asked).toEqual(["thinking", "thinking"]);
  expect(states).toContain("waiting");
  activity.close();
  await team.stop();
});
