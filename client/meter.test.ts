import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { addStep, NO_TOKENS, type Usage } from "../agents/protocol/spending.ts";
import { createRedactor } from "../agents/redact/redact.ts";
import { ours } from "../agents/redact/redacted.ts";
import { draft, receiveCount } from "../agents/testing/bus-contract.ts";
import { createMemoryBus } from "../agents/testing/memory-bus.ts";
import { OperatorConsole } from "./operator-console.ts";
import { answerTo } from "./testing/answer-to.ts";
import { Transcript } from "./transcript.ts";

const PRICE = { input: 1, output: 10, source: "s", read: "2026-01-01" };
const signal = new AbortController().signal;
const bus = createMemoryBus();
let directory: string;
let transcript: Transcript;
let operator: OperatorConsole;
let shown: string[];
let onRefresh: () => void;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "minilab-meter-"));
  transcript = new Transcript(directory, new Date());
  [shown, onRefresh] = [[], () => {}];
  operator = new OperatorConsole({
    ...{
      bus,
      transcript,
      signal,
      about: ours("log       none"),
      notice: ours(""),
      leaving: "leaves it at work",
      dials: { changes: "infrastructure", approval: "high-risk" },
      holdMs: 60_000,
    },
    ...{ outputsFolder: directory, onExit: () => {}, redact: createRedactor([]) },
    view: { show: ({ text }) => shown.push(text), refresh: () => onRefresh(), close: () => {} },
    prices: { rows: [{ model: "m", ...PRICE }], problems: [] },
  });
  await operator.conversation.start();
});
afterEach(async () => {
  await transcript.close();
  await rm(directory, { recursive: true });
});

/** A turn of DevOps_Builder with one step. */
async function spend(usage: Usage): Promise<void> {
  await bus.send(draft("User", ["DevOps_Builder"], "work"), { signal });
  const mailbox = bus.mailbox("DevOps_Builder", "a");
  const [delivery] = await receiveCount(mailbox, 1);
  if (!delivery) throw new Error("nothing came");
  const spent = addStep([], { model: ours("m"), server: ours("h") }, usage);
  const entries = { spent: JSON.stringify(spent) };
  await mailbox.journal(delivery.message).finish("completed", undefined, { signal, entries });
}

test("the status row follows what the session has cost, /cost and /status tell it, CLEAR begins a new sum (R53)", async () => {
  expect(await answerTo(operator, "/cost", shown)).toContain("has cost nothing yet");
  const line = () => operator.statusLine(Date.now());
  const refreshed = new Promise<void>((resolve) => {
    onRefresh = () => line().includes("tokens") && resolve();
  });
  await spend({ ...NO_TOKENS, prompt: 40_000, cached: 10_000, completion: 2_000 });
  await refreshed;
  expect(line()).toContain("42.0k tokens, $0.0600");
  expect(await answerTo(operator, "/cost", shown)).toMatch(
    /DevOps_Builder +1 +40,000 +10,000 +0 +2,000 +0 +\$0\.0600\n *all/,
  );
  expect(await answerTo(operator, "/status", shown)).toContain("cost      42.0k tokens, $0.0600 (/cost)");
  await spend({ ...NO_TOKENS, prompt: 1_000, isEstimate: true });
  expect(await answerTo(operator, "/cost", shown)).toContain("~41,000");
  expect(line()).toContain("~43.0k tokens, ~$0.0610");
  await bus.command("CLEAR", { signal });
  shown.length = 0;
  expect(await answerTo(operator, "/cost", shown)).toContain("has cost nothing yet");
  expect(line()).not.toContain("tokens");
});

test("at the operator's first message of a session stands what earlier ones have cost, once, and nothing is made up", async () => {
  const forecasts = () => shown.filter((text) => text.includes("orecast"));
  await bus.command("CLEAR", { signal });
  await spend({ ...NO_TOKENS, prompt: 30_000, completion: 1_000 });
  await bus.command("CLEAR", { signal });
  await vi.waitFor(() => expect(operator.conversation.meter.forecaster.isReady).toBe(true));
  operator.send("build me a guest");
  operator.send("and another");
  expect(forecasts()).toHaveLength(1);
  expect(forecasts()[0]).toMatch(
    /^Forecast by 2 earlier missions: half took at most \d+\.\dk tokens, nine of ten at most 4\d\.\dk tokens; in money \$0\.0\d+ and \$0\.0\d+\.$/,
  );
});
