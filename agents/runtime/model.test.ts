import { afterEach, describe, expect, test } from "vitest";
import { createRedactor } from "../redact/redact.ts";
import { ours } from "../redact/redacted.ts";
import { type ModelAnswer, type ModelServer, startModelServer } from "../testing/model-server.ts";
import { createModel, MAX_REPLY_BYTES, type ModelMessage } from "./model.ts";

const signal = new AbortController().signal;
let server: ModelServer;
afterEach(async () => await server?.close());

const TOOLS = [
  { name: "read_file", description: "Reads.", parameters: { type: "object", additionalProperties: false } },
];
const PROMPT: ModelMessage[] = [
  { role: "system", content: ours("You are QA_Tester.") },
  { role: "user", content: ours("look") },
];

async function modelAnswering(answers: ModelAnswer[], options: { model?: string; timeoutMs?: number } = {}) {
  server = await startModelServer((_, index) => answers[Math.min(index, answers.length - 1)] as ModelAnswer);
  const waits: { reason: string; delayMs: number }[] = [];
  const model = createModel({
    ...{ baseUrl: server.url, apiKey: "k", model: options.model ?? "gpt-5-mini", reasoningEffort: "low" },
    ...{ maxOutputTokens: 4_096, timeoutMs: options.timeoutMs ?? 5_000, cacheKey: "QA_Tester", tools: TOOLS },
    redactor: createRedactor(["hunter2hunter2"]),
    backoffMs: 1,
  });
  const onWait = (reason: string, delayMs: number) => waits.push({ reason, delayMs });
  const ask = (abort: AbortSignal = signal) => model.ask(PROMPT, { step: 3, signal: abort, onWait });
  return { ask, waits };
}

describe("createModel", () => {
  test("decides nothing by the name of a model: what all servers take, and the effort that was set", async () => {
    const { ask } = await modelAnswering([{ text: "hello" }]);
    const reply = await ask();
    expect(reply).toMatchObject({
      text: "hello",
      calls: [],
      usage: { prompt: 100, cached: 64, reasoning: 4 },
    });
    const [request] = server.requests;
    expect(request).toMatchObject({
      model: "gpt-5-mini",
      max_tokens: 4_096,
      reasoning_effort: "low",
    });
    expect(request?.messages[0]?.role).toBe("system");
    for (const name of ["temperature", "max_completion_tokens", "prompt_cache_key"])
      expect(request).not.toHaveProperty(name);
    expect(request?.tools?.[0]?.function).toMatchObject({
      name: "read_file",
      parameters: TOOLS[0]?.parameters,
    });
  });

  test("an answer that begins and never ends is given up in time, and asked for again", async () => {
    const { ask, waits } = await modelAnswering([{ fault: "stall" }, { text: "hello" }], { timeoutMs: 300 });
    expect(await ask()).toMatchObject({ text: "hello" });
    expect(waits).toHaveLength(1);
  });

  test("asks other models with max_tokens", async () => {
    const { ask } = await modelAnswering([{ text: "hello" }], { model: "qwen3-32b" });
    await ask();
    expect(server.requests[0]).toMatchObject({ model: "qwen3-32b", max_tokens: 4_096 });
  });

  test("a reply without end is no reply", async () => {
    const { ask, waits } = await modelAnswering([{ text: "x".repeat(MAX_REPLY_BYTES) }, { text: "short" }]);
    expect((await ask()).text).toBe("short");
    expect(waits).toHaveLength(1);
  });

  test("numbers the calls itself", async () => {
    const calls = [
      { tool: "read_file", args: { path: "/a" } },
      { tool: "read_file", args: { path: "/b" } },
    ];
    const { ask } = await modelAnswering([{ calls }]);
    const ids = (await ask()).calls.map(({ id, args }) => [id, args]);
    expect(ids).toEqual([
      ["3.1", { path: "/a" }],
      ["3.2", { path: "/b" }],
    ]);
  });

  test("arguments that are no JSON are a call with a problem, never a success (F24)", async () => {
    const { ask } = await modelAnswering([{ rawCall: { tool: "read_file", args: '{"path": ' } }]);
    expect((await ask()).calls).toMatchObject([
      { tool: "read_file", problem: expect.stringContaining("JSON") },
    ]);
  });

  test.each<[string, ModelAnswer]>([
    ["429", { status: 429 }],
    ["500", { status: 500 }],
    ["503", { status: 503 }],
    ["a cut connection", { fault: "cut" }],
    ["a truncated answer", { fault: "garbage" }],
  ])("tries again after %s (F20)", async (_, fault) => {
    const { ask, waits } = await modelAnswering([fault, fault, { text: "at last" }]);
    expect((await ask()).text).toBe("at last");
    expect(waits).toHaveLength(2);
    expect(server.requests).toHaveLength(3);
  });

  test("waits as long as the provider asks for (F20)", async () => {
    const { ask, waits } = await modelAnswering([
      { status: 429, headers: { "retry-after": "0.05" } },
      { text: "at last" },
    ]);
    await ask();
    expect(waits).toEqual([{ reason: "HTTP 429: refused for the test", delayMs: 50 }]);
  });

  test("tries again after a time-out", async () => {
    const { ask, waits } = await modelAnswering([{ fault: "hang" }, { text: "at last" }], { timeoutMs: 200 });
    expect((await ask()).text).toBe("at last");
    expect(waits).toHaveLength(1);
  });

  test("a reply that takes too long is asked for twice, and the setting is named", async () => {
    const { ask } = await modelAnswering([{ fault: "hang" }], { timeoutMs: 100 });
    await expect(ask()).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/2 attempts: no answer within 0\.1 s\. LLM_TIMEOUT_S/),
    });
    expect(server.requests).toHaveLength(2);
  });

  test("a refusal is not tried again", async () => {
    const { ask } = await modelAnswering([{ status: 401 }]);
    await expect(ask()).rejects.toMatchObject({ code: "bad_config" });
    expect(server.requests).toHaveLength(1);
  });

  test("gives up in the end", async () => {
    const { ask } = await modelAnswering([{ status: 503 }]);
    await expect(ask()).rejects.toMatchObject({ code: "unavailable" });
    expect(server.requests).toHaveLength(8);
  });

  test("an abort ends the request at once, with its reason", async () => {
    const { ask } = await modelAnswering([{ fault: "hang" }]);
    const controller = new AbortController();
    const asking = ask(controller.signal);
    controller.abort(new Error("STOP by the operator"));
    await expect(asking).rejects.toThrow("STOP by the operator");
  });
});
