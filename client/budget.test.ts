import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Ask } from "../agents/protocol/admit.ts";
import { type Limits, parseAmount } from "../agents/protocol/budget.ts";
import { addStep, NO_TOKENS } from "../agents/protocol/spending.ts";
import { createRedactor } from "../agents/redact/redact.ts";
import { ours } from "../agents/redact/redacted.ts";
import { draft, receiveCount } from "../agents/testing/bus-contract.ts";
import { MemoryBus } from "../agents/testing/memory-bus.ts";
import { completeLine } from "./completion.ts";
import { OperatorConsole } from "./operator-console.ts";
import { answerTo } from "./testing/answer-to.ts";
import { Transcript } from "./transcript.ts";
import { EMPTY_LINE, insertText, lineText } from "./typed-line.ts";

const signal = new AbortController().signal;
let directory: string;
let transcript: Transcript;
let bus: MemoryBus;
let shown: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "minilab-budget-"));
  transcript = new Transcript(directory, new Date());
  bus = new MemoryBus();
  shown = [];
});
afterEach(async () => {
  await transcript.close();
  await rm(directory, { recursive: true });
});

async function consoleWith(limits?: Limits): Promise<OperatorConsole> {
  const texts = { about: ours("log       none"), notice: ours(""), leaving: "leaves it at work" } as const;
  const deciding = { dials: { changes: "infrastructure", approval: "high-risk" }, holdMs: 60_000 } as const;
  const operator = new OperatorConsole({
    ...{ bus, transcript, signal, ...texts, outputsFolder: directory, onExit: () => {} },
    ...deciding,
    redact: createRedactor([]),
    view: { show: ({ text }) => shown.push(text), refresh: () => {}, close: () => {} },
    ...(limits && { limits }),
  });
  await operator.conversation.start();
  return operator;
}

/** DevOps_Builder has spent 900 tokens and 0.9 dollars, and waits for more. */
async function spendAndWait(limits: Limits): Promise<void> {
  await bus.send(draft("User", ["DevOps_Builder"], "work"));
  const mailbox = bus.mailbox("DevOps_Builder");
  const [delivery] = await receiveCount(mailbox, 1);
  const { session } = await bus.control();
  const request = { server: "m at h", expected: 900, isOperators: true, rate: {}, session };
  const ask: Ask = { ...request, id: "1", want: { tokens: 900, dollars: 0.9 }, limits };
  await mailbox.account.admit(ask, { signal });
  await mailbox.account.settle([{ id: "1", cost: { tokens: 900, dollars: 0.9 }, counted: 900 }], { signal });
  expect(await mailbox.account.admit({ ...ask, id: "2" }, { signal })).toMatchObject({ kind: "budget" });
  const spent = addStep([], { model: ours("m"), server: ours("h") }, { ...NO_TOKENS, prompt: 900 });
  if (!delivery) throw new Error("nothing came");
  await mailbox.journal(delivery.message).record({ spent: JSON.stringify(spent) }, { signal });
}

test("/budget tells what is spent and left and who waits, /cost shows it, /budget raise adds to it (R53)", async () => {
  const limits = { session: { tokens: 1_000 }, day: { dollars: 2 } };
  await spendAndWait(limits);
  const operator = await consoleWith(limits);
  const before = await answerTo(operator, "/budget", shown);
  expect(before).toContain("session  900 tokens of 1,000 tokens spent, 100 tokens left");
  expect(before).toContain(
    "today    $0.9000 of $2.00 spent, $1.10 left\nwaiting  DevOps_Builder\n/budget raise 5$",
  );
  expect(await answerTo(operator, "/cost", shown)).toContain("900 tokens of 1,000 tokens spent");
  const raised = await answerTo(operator, "/budget raise $1.50 2k", shown);
  expect(raised).toContain("Raised.");
  expect(raised).toContain("900 tokens of 3,000 tokens spent, 2,100 tokens left");
  expect(raised).toContain("$0.9000 of $3.50 spent");
  expect(await answerTo(operator, "/budget raise 1000", shown)).toContain("of 4,000 tokens");
});

test("what is no amount, or nothing that is limited, raises nothing", async () => {
  const operator = await consoleWith({ session: { tokens: 1_000 }, day: {} });
  for (const wrong of ["raise", "raise much", "raise -5$", "raise 0", "raise 1$ 2$", "lower 5$", "5$"])
    expect(await answerTo(operator, `/budget ${wrong}`, shown), wrong).toContain("/budget raise 5$");
  expect(await answerTo(operator, "/budget raise 5$", shown)).toContain("No budget in dollars is set");
  expect((await bus.budgets.read({ signal })).raised.session).toMatchObject({ tokens: 0, dollars: 0 });
  const unlimited = await consoleWith();
  expect(await answerTo(unlimited, "/budget raise 5", shown)).toContain("No budget is set");
});

test("who comes while a role waits for the operator is told so, once", async () => {
  const operator = await consoleWith({ session: { tokens: 1_000 }, day: {} });
  const activity = {
    kind: "activity",
    role: "QA_Tester",
    state: "waiting",
    step: 1,
    queued: 0,
    since: 1,
  } as const;
  for (let again = 0; again < 3; again++)
    bus.show({ ...activity, detail: ours("budget 900 of 1,000 tokens: /budget") });
  expect(shown.filter((text) => text.includes("QA_Tester awaits you"))).toHaveLength(1);
  expect(operator.statusLine(1_000)).toContain("QA_Tester awaits you (budget 900 of 1,000 tokens: /budget)");
});

test("amounts are dollars with a $, else tokens", () => {
  const of = (tokens: number, dollars = 0) => ({ tokens, dollars });
  expect(["200000", "200k", "1.5M", "5$", "$2.50", "5$ 200,000"].map(parseAmount)).toEqual([
    ...[of(200_000), of(200_000), of(1_500_000), of(0, 5), of(0, 2.5), of(200_000, 5)],
  ]);
  const none = [
    "",
    "$",
    "$5$ 1",
    "5k$",
    "1e9",
    "0.4",
    "9".repeat(14),
    "-1",
    "5 dollars",
    "1$ 2$",
    "Infinity",
  ];
  expect(none.map(parseAmount)).toEqual(none.map(() => undefined));
});

test("Tab completes what /budget takes", () => {
  const completed = (text: string) => {
    const line = completeLine(insertText(EMPTY_LINE, text));
    return line && lineText(line);
  };
  expect(completed("/bu")).toBe("/budget ");
  expect(completed("/budget r")).toBe("/budget raise ");
  expect(completed("/budget raise 5")).toBeUndefined();
});
