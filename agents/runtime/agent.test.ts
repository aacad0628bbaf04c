import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CallId, callIdOf, turnIdOf } from "../host/commands/call-id.ts";
import { ROLES } from "../protocol/roles.ts";
import { redacted } from "../redact/redacted.ts";
import { nextEvent } from "../testing/bus-contract.ts";
import type { ModelAnswer, ModelRequest } from "../testing/model-server.ts";
import { startTestAgent } from "../testing/test-agent.ts";
import {
  act,
  afterwards,
  askedIn,
  hasTool,
  lastOf,
  signal,
  TestTeam,
  tasksIn,
  toolDoing,
} from "../testing/test-team.ts";
import { createTestWorkspace, testCall } from "../testing/workspace.ts";
import type { ToolContext } from "../tools/tool.ts";

const OK = {
  kind: "ok",
  exitCode: 0,
  stdout: redacted``,
  stderr: redacted``,
  truncated: false,
  artifact: null,
} as const;

let team: TestTeam;
beforeEach(() => {
  team = new TestTeam();
});
afterEach(async () => await team.stop());

describe("an agent", () => {
  test("answers 50 messages that came while it was busy, each once, by time, with few replies (F01, R15)", async () => {
    const builder = await team.start({
      role: "DevOps_Builder",
      tools: [toolDoing(async () => afterwards(allSent))],
      answer: (request) => (askedIn(request) === "first" && !hasTool(request) ? act(1) : { text: "ok" }),
    });
    const gate = new EventTarget();
    const allSent = once(gate, "open");
    const begun = builder.next((event) => event.kind === "tool_started");
    await team.say("Architect_Zero", ["DevOps_Builder"], "first");
    await begun;
    const texts = Array.from({ length: 50 }, (_, index) => `message ${index}`);
    for (const text of texts) await team.say("Architect_Zero", ["DevOps_Builder"], text);
    await team.say("User", ["DevOps_Builder"], "me first");
    gate.dispatchEvent(new Event("open"));
    const ends = () => builder.events.filter(({ kind }) => kind === "turn_ended").length;
    await expect.poll(ends).toBe(4);
    const asked = [...new Set(builder.requests.flatMap(tasksIn))];
    expect(asked).toEqual(["first", "me first", ...texts]);
    const ended = builder.events.filter((event) => event.kind === "turn_ended");
    expect(ended.map(({ message, status }) => [message.content, status])).toEqual(
      ["first", "message 0", "message 21", "message 42"].map((text) => [text, "completed"]),
    );
  });

  test("STOP ends a hanging model call at once; the next message starts afresh (F10)", async () => {
    const builder = await team.start({
      role: "DevOps_Builder",
      answer: (request) => (askedIn(request) === "hang" ? { fault: "hang" } : { text: "fresh" }),
    });
    const asked = builder.next((event) => event.kind === "step_started");
    await team.say("User", ["DevOps_Builder"], "hang");
    await asked;
    const ended = builder.next((event) => event.kind === "turn_ended");
    await team.bus.command("STOP", { signal });
    expect(await ended).toMatchObject({ status: "cancelled", detail: "STOP by the operator" });
    const reply = team.saidBy("DevOps_Builder");
    await team.say("User", ["DevOps_Builder"], "again");
    expect(await reply).toMatchObject({ content: "fresh" });
  });

  test("STOP aborts a running tool, and what waited from before is not begun (F10)", async () => {
    const aborted: string[] = [];
    const running = Promise.withResolvers<void>();
    const builder = await team.start({
      role: "DevOps_Builder",
      tools: [
        toolDoing(async (_, context) => {
          running.resolve();
          await once(context.call.signal, "abort");
          aborted.push(String(context.call.signal.reason.message));
          return { kind: "cancelled", exitCode: null };
        }),
      ],
      answer: (request) => (askedIn(request) === "act" ? act(1) : { text: `did ${askedIn(request)}` }),
    });
    await team.say("User", ["DevOps_Builder"], "act");
    await running.promise;
    await team.say("Architect_Zero", ["DevOps_Builder"], "old work");
    const dropped = builder.next((event) => event.kind === "turn_ended" && event.message.content === "act");
    await team.bus.command("STOP", { signal });
    expect(await dropped).toMatchObject({ status: "cancelled" });
    const reply = team.saidBy("DevOps_Builder");
    await team.say("User", ["DevOps_Builder"], "new work");
    expect(await reply).toMatchObject({ content: "did new work" });
    expect(aborted).toEqual(["STOP by the operator"]);
    const history = await team.bus.history({ signal });
    expect(
      history.some((message) => message.content.includes("old work") && message.sender !== "Architect_Zero"),
    ).toBe(false);
  });

  test("awaiting input pauses new turns and lets running ones finish (F08)", async () => {
    const gate = new EventTarget();
    const released = once(gate, "open");
    const builder = await team.start({
      role: "DevOps_Builder",
      tools: [toolDoing(async () => afterwards(released))],
      answer: (request) => (!hasTool(request) && askedIn(request) === "long" ? act(1) : { text: "finished" }),
    });
    await team.start({
      role: "Architect_Zero",
      answer: () => ({ text: "Which storage?\n[AWAITING_INPUT]" }),
    });
    const begun = builder.next((event) => event.kind === "tool_started");
    await team.say("User", ["DevOps_Builder"], "long");
    await begun;
    const question = team.saidBy("Architect_Zero");
    await team.say("User", ["Architect_Zero"], "ask me");
    expect(await question).toMatchObject({ signal: "awaiting" });
    await team.say("QA_Tester", ["DevOps_Builder"], "later");
    const finished = team.saidBy("DevOps_Builder");
    gate.dispatchEvent(new Event("open"));
    expect(await finished).toMatchObject({ content: "finished" });
    expect(builder.events.filter((event) => event.kind === "turn_started")).toHaveLength(1);
    const resumed = builder.next((event) => event.kind === "turn_started");
    await team.say("User", ["QA_Tester"], "local-lvm");
    expect(await resumed).toMatchObject({ message: { content: "later" } });
  });

  test("an interrupted turn goes on from its journal: nothing runs twice, what is not known is said", async () => {
    const ran: number[] = [];
    const second = Promise.withResolvers<void>();
    const blocked = toolDoing(async ({ n }, context) => {
      ran.push(n);
      if (n === 2) second.resolve();
      if (n === 2) await once(context.call.signal, "abort");
      return { stdout: `outcome ${n}` };
    });
    const answer = (request: ModelRequest): ModelAnswer => {
      const tools = request.messages.filter(({ role }) => role === "tool");
      return tools.length < 2 ? act(tools.length + 1) : { text: "@Architect_Zero done" };
    };
    const first = await startTestAgent({ bus: team.bus, role: "DevOps_Builder", tools: [blocked], answer });
    await team.say("User", ["DevOps_Builder"], "work");
    await second.promise;
    const reply = team.saidBy("DevOps_Builder");
    const notice = nextEvent(team.bus, (event) => event.kind === "notice");
    const successor = await team.start({ role: "DevOps_Builder", tools: [blocked], answer });
    await first.stop();
    expect(await reply).toMatchObject({ content: "@Architect_Zero done" });
    expect(await notice).toMatchObject({ content: expect.stringMatching(/^UNKNOWN: .*act on thing/) });
    expect(ran).toEqual([1, 2]);
    expect(lastOf(successor.requests[0])).toMatch(/^\[unknown\]\n[\s\S]*inspect before you repeat/);
    expect(successor.requests).toHaveLength(1);
  });

  test("a shutdown waits for the running call, and its outcome is in the journal", async () => {
    const begun = Promise.withResolvers<void>();
    const run = async (_: unknown, context: ToolContext) => {
      begun.resolve();
      await once(context.call.signal, "abort");
      await delay(50); // a command that is given time to end
      return { kind: "cancelled", stdout: "interrupted" } as const;
    };
    const tools = [toolDoing(run)];
    const answer = (request: ModelRequest): ModelAnswer => (hasTool(request) ? { text: "done" } : act(1));
    const ending = await startTestAgent({ bus: team.bus, role: "DevOps_Builder", tools, answer });
    await team.say("User", ["DevOps_Builder"], "work");
    await begun.promise;
    await ending.stop();
    expect(ending.events.at(-1)).toMatchObject({ kind: "tool_ended" });
    const reply = team.saidBy("DevOps_Builder");
    const successor = await team.start({ role: "DevOps_Builder", tools, answer });
    await reply;
    expect(lastOf(successor.requests[0])).toContain("interrupted");
  });

  test.each([
    [
      "is reused when its tool still has it",
      async () => ({ ...OK, stdout: redacted`late` }),
      "[ok exit 0]\nlate",
    ],
    ["is unknown when its tool cannot tell", async () => undefined, "UNKNOWN: inspect before you repeat"],
    [
      "is unknown when asking fails",
      () => Promise.reject(new Error("gone")),
      "UNKNOWN: inspect before you repeat",
    ],
  ])("the result of an interrupted call %s; it is not run again", async (_, adopt, told) => {
    const begun = Promise.withResolvers<void>();
    let runs = 0;
    const run = async (_: unknown, context: ToolContext) => {
      runs++;
      begun.resolve();
      await once(context.call.signal, "abort");
      return await new Promise<never>(() => {}); // it died
    };
    const tools = [{ ...toolDoing(run), adopt }];
    const answer = (request: ModelRequest): ModelAnswer => (hasTool(request) ? { text: "done" } : act(1));
    const dying = await startTestAgent({ bus: team.bus, role: "DevOps_Builder", tools, answer });
    await team.say("User", ["DevOps_Builder"], "work");
    await begun.promise;
    const reply = team.saidBy("DevOps_Builder");
    const successor = await team.start({ role: "DevOps_Builder", tools, answer });
    void dying.stop();
    await reply;
    expect(lastOf(successor.requests[0])).toContain(told);
    expect(runs).toBe(1);
  });

  test("what STOP could not reach, because the agent was dead, ends when it starts, before any turn", async () => {
    const lab = await createTestWorkspace();
    const toolContext = await lab.context();
    const answer = (): ModelAnswer => ({ fault: "hang" });
    const onHosts: string[] = [];
    const ends = {
      directory: lab.calls,
      local: [(id: CallId) => toolContext.processes.end(id)],
      endOnHost: async (host: string, id: CallId) => onHosts.push(`${host} ${id}`) > 0,
    };
    const options = { role: "DevOps_Builder", answer, toolContext, ends } as const;
    const dying = await startTestAgent({ bus: team.bus, ...options });
    const asked = dying.next((event) => event.kind === "step_started");
    const message = await team.say("Architect_Zero", ["DevOps_Builder"], "work");
    await asked;
    await dying.stop();
    const callId = callIdOf(turnIdOf("DevOps_Builder", message.id), "1.1");
    const spec = { cwd: "/app/infra", timeoutMs: 600_000, isolation: "workspace", signal } as const;
    testCall({ directory: lab.calls, id: callId }).touch("pve1");
    const stray = toolContext.processes.run({ ...spec, callId, argv: ["bash", "-c", "touch up; sleep 600"] });
    while (!existsSync(join(lab.workspace["/app/infra"], "up"))) await delay(5);
    await team.bus.command("STOP", { signal });
    await team.start({ ...options, ready: async (ending) => void (await once(ending, "abort")) });
    expect(await stray).toMatchObject({ kind: "cancelled" });
    await expect.poll(() => onHosts).toEqual([`pve1 ${callId}`]);
    await lab.remove();
  });

  test("a message whose turn is interrupted again and again is given up, and the operator is told", async () => {
    let calls = 0;
    const reached = new EventTarget();
    const tools = [
      toolDoing(async (_, context) => {
        calls++;
        reached.dispatchEvent(new Event("call"));
        if (!context.call.signal.aborted) await once(context.call.signal, "abort");
        return { kind: "cancelled" };
      }),
    ];
    const answer = (_: ModelRequest, index: number): ModelAnswer => act(index);
    await team.say("User", ["DevOps_Builder"], "deadly");
    for (let life = 1; life <= 5; life++) {
      const called = once(reached, "call");
      const agent = await startTestAgent({ bus: team.bus, role: "DevOps_Builder", tools, answer });
      await called;
      await agent.stop();
    }
    const notice = nextEvent(team.bus, (event) => event.kind === "notice");
    await team.start({ role: "DevOps_Builder", tools, answer });
    expect(await notice).toMatchObject({ content: expect.stringContaining("interrupted 5 times") });
    expect(calls).toBe(5);
    expect(await team.bus.deadLetters({ signal })).toMatchObject([{ message: { content: "deadly" } }]);
  });

  test("no text whatsoever of one role wakes another that it does not address (F06)", async () => {
    const idle = ROLES.filter((role) => role !== "Architect_Zero");
    const started: string[] = [];
    for (const role of idle) {
      const agent = await team.start({ role, answer: () => ({ text: "woken" }) });
      void agent.next((event) => event.kind === "turn_started").then(() => started.push(role));
    }
    const quoted = idle.map((role) => `\`@${role}\``).join(" ");
    const text = `<think>@QA_Tester</think>I asked ${quoted}`;
    const architect = await team.start({ role: "Architect_Zero", answer: () => ({ text }) });
    const thought = architect.next((event) => event.kind === "thought");
    const reply = team.saidBy("Architect_Zero");
    await team.say("User", ["Architect_Zero"], "report");
    expect(await thought).toMatchObject({ text: "@QA_Tester" });
    expect((await reply).to).toEqual([]);
    expect(started).toEqual([]);
  });
});
