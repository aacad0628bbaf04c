import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CRITERIA } from "../agents/protocol/mission.ts";
import { createRedactor } from "../agents/redact/redact.ts";
import { ours } from "../agents/redact/redacted.ts";
import { draft, receiveCount } from "../agents/testing/bus-contract.ts";
import { MemoryBus } from "../agents/testing/memory-bus.ts";
import { OperatorConsole } from "./operator-console.ts";
import { answerTo } from "./testing/answer-to.ts";
import { Transcript } from "./transcript.ts";

const signal = new AbortController().signal;
let directory: string;
let transcript: Transcript;
let bus: MemoryBus;
let shown: string[];
let operator: OperatorConsole;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "minilab-mission-"));
  transcript = new Transcript(directory, new Date());
  bus = new MemoryBus();
  shown = [];
  const texts = { about: ours(""), notice: ours(""), leaving: "leaves it at work" } as const;
  const deciding = { dials: { changes: "infrastructure", approval: "high-risk" }, holdMs: 60_000 } as const;
  operator = new OperatorConsole({
    ...deciding,
    ...{ bus, transcript, signal, ...texts, outputsFolder: directory, onExit: () => {} },
    redact: createRedactor([]),
    view: { show: ({ text }) => shown.push(text), refresh: () => {}, close: () => {} },
  });
  await operator.conversation.start();
});
afterEach(async () => {
  await transcript.close();
  await rm(directory, { recursive: true });
});

/** A mission with one criterion that nothing can check. */
async function begin(): Promise<void> {
  await bus.send(draft("User", ["Architect_Zero"], "a quiet cluster"));
  const mailbox = bus.mailbox("Architect_Zero");
  await receiveCount(mailbox, 1);
  const { id = "" } = (await mailbox.mission.words({ signal })) ?? {};
  const quiet = { id: "quiet", text: "no noise", hosts: ["pve1"], expected: "", exit: 0, revision: 1 };
  await mailbox.mission.record(id, () => ({ [CRITERIA]: JSON.stringify([quiet]) }), { signal });
}

test("/mission shows his own words and the criteria, /mission new lets another one begin", async () => {
  expect(await answerTo(operator, "/mission", shown)).toMatch(/no mission yet/);
  await begin();
  expect(await answerTo(operator, "/mission", shown)).toMatch(
    /open.*SHA-256 [0-9a-f]{64}\):\n1 {2}a quiet cluster\n0 of 1/,
  );
  await answerTo(operator, "/mission new", shown);
  expect(await answerTo(operator, "/mission", shown)).toMatch(/over/);
});

test("what cannot be checked the operator accepts, and can reopen (R34)", async () => {
  await begin();
  expect(await answerTo(operator, "/checks", shown)).toMatch(/quiet {2}not checkable/);
  expect(await answerTo(operator, "/checks accept quiet", shown)).toMatch(/1 of 1 criteria are settled/);
  expect(await answerTo(operator, "/checks reopen quiet", shown)).toMatch(/0 of 1/);
  expect(await answerTo(operator, "/checks correct quiet no fans", shown)).toMatch(
    /quiet {2}open, .*corrected/,
  );
  expect((await bus.missions.read())?.rulings).toMatchObject([{ kind: "correct", text: "no fans" }]);
});

test.each(["/checks accept", "/checks accept loud", "/checks correct quiet", "/checks destroy quiet"])(
  "%s changes nothing",
  async (command) => {
    await begin();
    await answerTo(operator, command, shown);
    expect((await bus.missions.read())?.rulings).toEqual([]);
  },
);
