import { expect, test } from "vitest";
import { Ledger, loadText } from "./load/ledger.ts";
import { judge, type Measured, run } from "./load.ts";

const kept = { handled: 10, lost: 0, duplicates: 0, outOfOrder: 0 };
const good: Measured = {
  kept: [kept, kept],
  pending: 0,
  historyMax: 80,
  rate: 200,
  burst: { saidPerSecond: 900, handledPerSecond: 500 },
  backlog: { firstS: 1, resumedS: 2, doneS: 40, rssMb: 100 },
  stopMs: [10, 900],
  stopNoPubSubMs: [1_000, 2_400],
};

test("all targets met is ok, however long a resumed backlog takes", () => {
  expect(judge(good)).toMatchObject({ ok: true, figures: { messages: 20, stop_p99_ms: 900 } });
});

test.each([
  { kept: [kept, { ...kept, lost: 1 }] },
  { kept: [kept, { ...kept, duplicates: 1 }] },
  { kept: [kept, { ...kept, outOfOrder: 1 }] },
  { pending: 1 },
  { historyMax: 81 },
  { backlog: { ...good.backlog, resumedS: 31 } },
  { stopMs: [1_001] },
  { stopNoPubSubMs: [2_501] },
  { stopMs: [] },
])("one target missed is not ok: %j", (worse) => {
  expect(judge({ ...good, ...worse }).ok).toBe(false);
});

test("the ledger finds what is lost, handled twice, or handled before what its sender said earlier", () => {
  const ledger = new Ledger();
  for (const number of [1, 2, 3, 4]) ledger.said("QA_Tester", loadText("User", number));
  for (const number of [1, 3, 2, 3]) ledger.ended("QA_Tester", loadText("User", number));
  expect(ledger).toMatchObject({ open: 1, duplicates: 1, handled: 4, outOfOrder: 1 });
});

test("nothing is lost in a small load, and STOP arrives without pub/sub", async () => {
  const sizes = ["--seconds", "2", "--rate", "50", "--burst", "100", "--backlog", "200", "--trials", "2"];
  const { figures } = await run(sizes, new AbortController().signal);
  expect(figures).toMatchObject({ lost: 0, duplicates: 0, outOfOrder: 0, pending: 0, trials: 2 });
  expect(figures["messages"]).toBeGreaterThan(300);
  expect(figures["historyMax"]).toBe(80);
}, 120_000);
