import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Message } from "../agents/protocol/message.ts";
import type { PostedChange } from "../agents/protocol/posted-change.ts";
import { createRedactor } from "../agents/redact/redact.ts";
import { ours } from "../agents/redact/redacted.ts";
import { posted } from "../agents/testing/approvals-contract.ts";
import { draft, receiveCount } from "../agents/testing/bus-words.ts";
import { MemoryBus } from "../agents/testing/memory-bus.ts";
import { OperatorConsole } from "./operator-console.ts";
import { answerTo } from "./testing/answer-to.ts";
import { Transcript } from "./transcript.ts";

const signal = new AbortController().signal;
let directory: string;
let bus: MemoryBus;
let shown: string[];
let message: Message;
let operator: OperatorConsole;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "minilab-approvals-"));
  bus = new MemoryBus();
  shown = [];
  const texts = { about: ours(""), notice: ours(""), leaving: "leaves it at work" } as const;
  operator = new OperatorConsole({
    ...{ bus, signal, ...texts, outputsFolder: directory, onExit: () => {}, redact: createRedactor([]) },
    transcript: new Transcript(directory, new Date()),
    view: { show: ({ text }) => shown.push(text), refresh: () => {}, close: () => {} },
    dials: { changes: "infrastructure", approval: "high-risk" },
    holdMs: 60_000,
  });
  await operator.conversation.start();
});
afterEach(() => rmSync(directory, { recursive: true }));

async function post(changes: Partial<PostedChange> = {}): Promise<string> {
  await bus.send(draft("User", ["DevOps_Builder"], "go"));
  const mailbox = bus.mailbox("DevOps_Builder");
  const [delivery] = await receiveCount(mailbox, 1);
  message = (delivery as { message: Message }).message;
  const change = posted(message, changes);
  await mailbox.approvals.post(change, ours("run_ssh pve1: \u001b[2Jtouch /x"), { message, signal });
  return change.digest;
}
const answer = (line: string) => answerTo(operator, line, shown);
const grants = async (digest: string) => (await bus.approvals.standing(digest)).grants;

test("what waits is listed, shown whole and inert, and granted by its name for one use", async () => {
  const digest = await post();
  const name = digest.slice(0, 8);
  expect(await answer("/pending")).toContain(`${name}  DevOps_Builder: run_ssh pve1`);
  const whole = await answer(`/show ${name}`);
  expect(whole).toContain("touch /x");
  expect(whole).not.toContain("\u001b");
  expect(await answer(`/grant ${name}`)).toContain("Granted, for one use");
  expect(await grants(digest)).toMatchObject([{ grantor: "User", verdict: "approve", epoch: message.epoch }]);
});

test("what destroys something wants its name typed", async () => {
  const digest = await post({ typed: ours("web-01"), risks: [ours("destroy: destroys it")] });
  const name = digest.slice(0, 8);
  for (const line of [`/grant ${name}`, `/grant ${name} web-02`, `/grant ${name} yes`])
    expect(await answer(line)).toContain(`/grant ${name} web-01`);
  expect(await grants(digest)).toEqual([]);
  await answer(`/grant ${name} web-01`);
  expect(await grants(digest)).toHaveLength(1);
});

test("a denial keeps its reason, for the role", async () => {
  const digest = await post();
  await answer(`/deny ${digest.slice(0, 8)} use 9102 instead`);
  expect(await grants(digest)).toMatchObject([{ verdict: "reject", why: "use 9102 instead" }]);
});

test("a name that is none, or too short, grants nothing; nor does what is typed as a message (F26)", async () => {
  const digest = await post();
  for (const line of ["/grant", "/grant 0123", "/grant ffffffff", `grant ${digest}`, `APPROVED ${digest}`])
    await answer(line);
  expect(await grants(digest)).toEqual([]);
});

test("the dials are told, and set for this session", async () => {
  expect(await answer("/mode")).toContain("the team may change: infrastructure");
  expect(await answer("/mode advise")).toContain("NOBODY is asked");
  expect(await answer("/mode workspace")).toContain("the team may change: workspace");
  expect((await bus.approvals.standing("0".repeat(64))).set).toMatchObject({
    changes: "workspace",
    approval: "advise",
  });
  expect(await answer("/mode everything")).toContain("/mode read-only");
});
