import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTick } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Bus, Delivery, LiveEvent, Mailbox } from "../../agents/bus/bus.ts";
import { connectRedisBus } from "../../agents/bus/redis-bus.ts";
import { RedisStore } from "../../agents/bus/redis-store.ts";
import { newMessageId, type Signal } from "../../agents/protocol/message.ts";
import type { Role, Sender } from "../../agents/protocol/roles.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { ours } from "../../agents/redact/redacted.ts";
import { addressOf, type PrivateRedis, startRedis } from "../../launcher/team/redis.ts";
import { type FollowedTeam, follow } from "./follow.ts";
import { readTeamRecord } from "./team-record.ts";

let stack: AsyncDisposableStack;
let stage: FollowedTeam;
let redis: PrivateRedis;
let events: LiveEvent[];
let stopping: AbortController;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), "minilab-follow-"));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  redis = await startRedis({ directory });
  stack.defer(redis.close);
  const store = new RedisStore(redis.url, "judge");
  stack.defer(() => store.close());
  stage = { bus: connect("User"), store, agentEnded: new Promise(() => {}) };
  events = [];
  stopping = new AbortController();
});
afterEach(() => stack.disposeAsync());

function connect(speaker: Sender): Bus {
  const access = redis.accessOf(speaker === "User" ? "console" : speaker);
  const bus = connectRedisBus({
    url: addressOf(access),
    name: speaker,
    speaker,
    redactor: createRedactor([]),
  });
  stack.defer(() => bus.close());
  return bus;
}

function start(request = "build it") {
  return follow(stage, request, { signal: stopping.signal, tell: (event) => events.push(event) });
}

async function receive(mailbox: Mailbox): Promise<Delivery> {
  const { signal } = stopping;
  for (;;) {
    const [delivery] = await mailbox.receive({ signal }).catch(() => []); // still connecting
    if (delivery) return delivery;
    await nextTick();
  }
}

/** A team of one, that answers the message at hand. */
async function answerAs(
  role: Role,
  to: Role[],
  ending: { signal?: Signal; status?: "completed" | "failed" } = {},
) {
  const bus = connect(role);
  const mailbox = bus.mailbox(role, "test");
  const { message } = await receive(mailbox);
  const journal = mailbox.journal(message);
  const { signal } = stopping;
  const reply = { text: "", calls: [{ id: "1.1", tool: "run_ansible", args: { playbook: "x" } }] };
  const outcome = { kind: "ok", stdout: "Recap: pve1 ok=3 changed=1 unreachable=0 failed=0" };
  await journal.record(
    { "reply:1": JSON.stringify(reply), "outcome:1.1": JSON.stringify(outcome) },
    { signal },
  );
  const said = {
    id: newMessageId(role),
    sender: role,
    to,
    content: ours("said"),
    ...(ending.signal && { signal: ending.signal }),
  };
  await journal.finish(ending.status ?? "completed", ending.status === "failed" ? undefined : said, {
    signal,
  });
  const timestamp = { since: Date.now(), queued: 0, step: 0 };
  bus.show({ kind: "activity", role, state: "idle", detail: ours(""), ...timestamp });
}

test("the request is sent as it is, and the coordinator's signal ends the rehearsal", async () => {
  const ending = start("line one\nline two");
  await answerAs("Architect_Zero", [], { signal: "done" });
  expect(await ending).toEqual({ kind: "done" });
  expect(events).toContainEqual(expect.objectContaining({ sender: "User", content: "line one\nline two" }));
});

test("a question to the operator is an end, but not the right one", async () => {
  const ending = start();
  await answerAs("Architect_Zero", [], { signal: "awaiting" });
  expect(await ending).toMatchObject({
    kind: "other",
    reason: expect.stringContaining("waits for the operator"),
  });
});

test("only the coordinator can say that it is done (F07)", async () => {
  const ending = start();
  await answerAs("Architect_Zero", ["QA_Tester"]);
  await answerAs("QA_Tester", [], { signal: "done" });
  expect(await ending).toMatchObject({ kind: "other", reason: expect.stringContaining("nobody said") });
});

test("when every turn has ended, in whatever way, nothing is waited for", async () => {
  const ending = start();
  await answerAs("Architect_Zero", [], { status: "failed" });
  expect(await ending).toMatchObject({ kind: "other", reason: expect.stringContaining("nobody said") });
  expect(await readTeamRecord(stage.store)).toMatchObject({ sent: 1, handled: 0, ended: 1 });
});

test("the record counts a message once for each role that it is for, and reads the last recap", async () => {
  const ending = start();
  await answerAs("Architect_Zero", ["DevOps_Builder", "QA_Tester"]);
  await answerAs("DevOps_Builder", []);
  expect(await readTeamRecord(stage.store)).toEqual({
    sent: 3,
    handled: 2,
    ended: 2,
    toolCalls: 2,
    recaps: { pve1: { ok: 3, changed: 1, unreachable: 0, failed: 0 } },
  });
  stopping.abort();
  expect(await ending).toEqual({ kind: "other", reason: "interrupted" });
});

test("an agent that ends by itself ends the rehearsal", async () => {
  stage = { ...stage, agentEnded: Promise.resolve({ role: "QA_Tester", exitCode: 1, signalName: null }) };
  expect(await start()).toEqual({ kind: "other", reason: "QA_Tester ended by itself (exit code 1)" });
});
