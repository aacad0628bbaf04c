import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Message } from "../protocol/message.ts";
import type { Sender } from "../protocol/roles.ts";
import { createRedactor } from "../redact/redact.ts";
import { ours, redacted } from "../redact/redacted.ts";
import { type ModelRequest, unjoined } from "../testing/model-server.ts";
import { between, randomFrom } from "../testing/random.ts";
import { startTestAgent } from "../testing/test-agent.ts";
import { act, askedIn, hasTool, linesOf, signal, TestTeam, toolDoing } from "../testing/test-team.ts";
import { type PlayedCall, ThreadPlayer, toolResult } from "../testing/thread-player.ts";
import type { ModelMessage } from "./model.ts";
import { tokensOf } from "./thread-unit.ts";

const ROLE = "DevOps_Builder";
const BUDGET = { high: 4_000, low: 1_200 };
const PARTS = {
  role: ROLE,
  ...{ system: redacted`You are DevOps_Builder.`, redactor: createRedactor([]) },
  ...{ toolTokens: 0, budget: BUDGET },
} as const;

/** A session of one role, as chance has it. */
class Session {
  readonly random: () => number;
  readonly player = new ThreadPlayer(PARTS);
  readonly prompts: { messages: ModelMessage[]; evictions: number; operator: string[] }[] = [];
  #history: Message[] = [];
  #operator: string[] = [];
  #clock = Date.parse("2026-03-01T10:00:00Z");

  constructor(seed: number) {
    this.random = randomFrom(seed);
  }

  say(sender: Sender, to: Message["to"], chars = between(this.random, 5, 900)): Message {
    this.#clock += between(this.random, 1, 40_000);
    const n = `${sender}-${this.#clock}`;
    const content = ours(`${n} ${"word ".repeat(chars / 5)}`);
    if (sender === "User") this.#operator.push(n);
    const message = {
      ...({ kind: "message", id: `${this.#clock}.${sender}`, sender, to, content } as const),
      ...{ timestamp: new Date(this.#clock).toISOString(), session: "s", epoch: 1 },
    };
    this.#history = [...this.#history, message].slice(-80);
    return message;
  }

  async turn(): Promise<void> {
    const from = this.random() < 0.2 ? "User" : "Architect_Zero";
    for (let n = between(this.random, 0, 4); n > 0; n--) this.say("QA_Tester", ["Architect_Zero"]);
    if (this.random() < 0.1) this.say("User", ["Architect_Zero"], 200);
    const tasks: [Message, ...Message[]] = [this.say(from, [ROLE])];
    if (this.random() < 0.2) tasks.push(this.say("QA_Tester", [ROLE]));
    this.player.begin(this.#history, tasks);
    for (let n = between(this.random, 0, 9); n > 0; n--) await this.step();
    this.prompt();
    if (this.random() < 0.15) return this.player.end("cancelled");
    const text = ours(`@Architect_Zero done ${this.#clock}`);
    await this.player.reply(text);
    this.player.end("completed");
    this.#history = [...this.#history, { ...this.say(ROLE, ["Architect_Zero"]), content: text }].slice(-80);
  }

  async step(): Promise<void> {
    const heard = this.random() < 0.1 ? [this.say("User", [ROLE], 60)] : [];
    this.prompt(heard);
    if (this.random() < 0.1) return await this.player.reply(ours(""), [], ours("Your reply was empty."));
    const calls = Array.from({ length: between(this.random, 1, 3) }, () => this.call());
    await this.player.reply(ours(""), calls);
  }

  call(): PlayedCall {
    const n = between(this.random, 0, 1_000);
    const args = { n };
    return {
      request: { id: "1.1", tool: ours("act"), args },
      did: { target: ours(`thing ${n}`), effect: this.random() < 0.3 ? "infrastructure" : "read" },
      result: toolResult(`${n}\n${"out ".repeat(between(this.random, 0, 400))}`),
    };
  }

  prompt(heard: Message[] = []): void {
    const messages = this.player.prompt(heard);
    this.prompts.push({ messages, evictions: this.player.evictions, operator: [...this.#operator] });
  }
}

const newestStep = (messages: readonly ModelMessage[]) =>
  messages.slice(messages.findLastIndex((one) => one.role === "assistant" && one.calls.length > 0));

describe("a thread, over 12 sessions of chance", () => {
  const seed = Date.now() % 100_000;
  test(`each prompt begins with the one before it, or was cut, and holds all that the operator has said (seed ${seed})`, async () => {
    let cuts = 0;
    for (let at = 0; at < 12; at++) {
      const session = new Session(seed + at);
      for (let turn = 0; turn < 12; turn++) await session.turn();
      for (const [index, { messages, evictions, operator }] of session.prompts.entries()) {
        const before = session.prompts[index - 1];
        const json = messages.map((one) => JSON.stringify(one));
        if (before && before.evictions === evictions)
          expect(json.slice(0, before.messages.length)).toEqual(
            before.messages.map((one) => JSON.stringify(one)),
          );
        for (const said of operator) expect(json.join("").split(`${said} `)).toHaveLength(2);
        const mission = tokensOf(
          messages.filter((one) => one.role === "user" && one.content.includes('"from":"User"')),
        );
        expect(tokensOf(messages)).toBeLessThanOrEqual(
          BUDGET.high + tokensOf(newestStep(messages)) + 2 * mission + 1_000,
        );
        cuts = Math.max(cuts, evictions);
      }
    }
    expect(cuts).toBeGreaterThan(3);
  });
});

describe("a role's thread, at work", () => {
  let team: TestTeam;
  beforeEach(() => {
    team = new TestTeam();
  });
  afterEach(async () => await team.stop());

  /** As the server got them, each line of a user on its own. */
  const sent = (request: ModelRequest | undefined) =>
    unjoined(request?.messages ?? []).map((message) => JSON.stringify(message));
  const tools = [toolDoing(async ({ n }) => ({ stdout: `result ${n}` }))];
  const answer = (request: ModelRequest) => (hasTool(request) ? { text: `did ${askedIn(request)}` } : act(1));

  test("calls and results of a turn are shown to the next, by another life of the agent too, byte for byte (R18)", async () => {
    const lives = [];
    for (const text of ["first", "second", "third"]) {
      const agent = await startTestAgent({ bus: team.bus, role: ROLE, tools, answer });
      const reply = team.saidBy(ROLE);
      await team.say("Architect_Zero", ["DevOps_Builder"], text);
      await reply;
      await agent.stop();
      lives.push(agent.requests);
    }
    const requests = lives.flat();
    expect(requests).toHaveLength(6);
    for (const [index, request] of requests.slice(1).entries())
      expect(sent(request).slice(0, sent(requests[index]).length)).toEqual(sent(requests[index]));
    const last = JSON.stringify(requests.at(-1));
    for (const text of ["result 1", "did first", "did second"]) expect(last).toContain(text);
    const own = requests
      .at(-1)
      ?.messages.filter(({ role, tool_calls: calls }) => role === "assistant" && !calls);
    expect(own?.map(({ content }) => content)).toEqual(["did first", "did second"]); // each once
  });

  test("a turn that goes on after a crash is shown what the life before it was shown", async () => {
    const begun = Promise.withResolvers<void>();
    const dying = toolDoing(async ({ n }) => {
      if (n < 2) return { stdout: "result 1" };
      begun.resolve();
      return await new Promise<never>(() => {});
    });
    const answerOn = (request: ModelRequest) => {
      const done = request.messages.filter(({ role }) => role === "tool").length;
      return done < 2 ? act(done + 1) : { text: "done" };
    };
    const first = await startTestAgent({ bus: team.bus, role: ROLE, tools: [dying], answer: answerOn });
    await team.say("QA_Tester", ["Architect_Zero"], "beside");
    await team.say("Architect_Zero", ["DevOps_Builder"], "work");
    await begun.promise;
    await team.say("QA_Tester", ["Architect_Zero"], "meanwhile");
    const reply = team.saidBy(ROLE);
    const second = await team.start({ role: ROLE, tools: [dying], answer: answerOn });
    void first.stop();
    await reply;
    const before = sent(first.requests.at(-1));
    expect(before).toHaveLength(5); // system, what was beside, the task, the call, its result
    expect(sent(second.requests[0]).slice(0, before.length)).toEqual(before);
    expect(JSON.stringify(second.requests[0])).not.toContain("meanwhile");
  });

  test("a turn that STOP cut off stays, its call with an outcome, and the facts behind it (R10, R18)", async () => {
    const begun = Promise.withResolvers<void>();
    const waiting = toolDoing(async (_, { call }) => {
      begun.resolve();
      await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
      return { kind: "cancelled", exitCode: null };
    });
    const builder = await team.start({
      ...{ role: ROLE, tools: [waiting] },
      answer: (request) => (askedIn(request) === "apply" ? act(7) : { text: "I look first" }),
    });
    await team.say("Architect_Zero", ["DevOps_Builder"], "apply");
    await begun.promise;
    const ended = builder.next((event) => event.kind === "turn_ended");
    await team.bus.command("STOP", { signal });
    await ended;
    const reply = team.saidBy(ROLE);
    await team.say("User", ["DevOps_Builder"], "on from here");
    await reply;
    const [first, last] = [builder.requests[0], builder.requests.at(-1) as ModelRequest];
    expect(sent(last).slice(0, sent(first).length)).toEqual(sent(first));
    const results = last.messages.filter(({ role }) => role === "tool").map(({ content }) => content);
    expect(results).toEqual(["[cancelled]"]);
    const lines = linesOf(last).map(({ from, fact, text }) => from ?? fact ?? text);
    expect(lines.slice(-3)).toEqual(["User", "DevOps_Builder", "User"]); // STOP, what it cut off, the task
    expect(askedIn(last)).toBe("on from here");
  });
});

test("a turn of 100 steps with long results stays within its budget, and names the file of each result (R19)", async () => {
  const budget = { high: 20_000, low: 6_000 };
  const player = new ThreadPlayer({ ...PARTS, budget });
  const task = new Session(1).say("Architect_Zero", [ROLE]);
  player.begin([task], [task]);
  let prompt: ModelMessage[] = [];
  for (let step = 1; step <= 100; step++) {
    prompt = player.prompt();
    expect(tokensOf(prompt)).toBeLessThanOrEqual(budget.high + tokensOf(newestStep(prompt)));
    const args = { command: ours(`cat /var/log/part-${step}`) };
    const artifact = ours(`/app/docs/tool_output/run_ssh-${step}.txt`);
    const result = toolResult(`line ${step}\n${"out ".repeat(4_000)}`, { truncated: true, artifact });
    const did = { target: ours("pve1"), effect: "read" } as const;
    await player.reply(ours(""), [{ request: { id: "1.1", tool: ours("run_ssh"), args }, did, result }]);
  }
  expect(player.evictions).toBeGreaterThan(10);
  expect(JSON.stringify(prompt)).toContain("/app/docs/tool_output/run_ssh-3.txt");
  expect(JSON.stringify(prompt)).toContain(task.content.slice(0, 30));
});
