import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { redacted } from "../../redact/redacted.ts";
import { freePort } from "../../testing/redis-server.ts";
import {
  answered,
  asked,
  askingAt,
  call,
  chat,
  startWireServer,
  type WireAnswer,
  type WireRequest,
} from "../../testing/wire-server.ts";
import type { ModelMessage, ModelOptions } from "../model.ts";

const whole = chat({ content: "Done." });
const error = (status: number, said: unknown, headers: Record<string, string> = {}): WireAnswer => ({
  status,
  headers,
  body: { error: said },
});
const page = (title: string) =>
  `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body>${"<div>x</div>".repeat(9_000)}</body></html>`;
const html = (status: number, title: string): WireAnswer => ({
  status,
  headers: { "content-type": "text/html" },
  body: page(title),
});

test.each<[string, WireAnswer]>([
  ["any 5xx, also with a page", html(524, "A timeout occurred")],
  ["a limit of the minute", error(429, { message: "slow down" }, { "retry-after": "0.01" })],
  ["a limit in a reply that says 200", { body: { error: { message: "too many requests", code: 429 } } }],
  [
    "a limit with a quota that passes",
    error(429, { message: "You exceeded your current quota", details: [{ retryDelay: "0.01s" }] }),
  ],
  ["a model that is loaded", error(503, { message: "Loading model" })],
  ["a call that its server could not read", error(400, { message: "failed", code: "tool_use_failed" })],
  ["no choice", { body: { choices: [] } }],
  ["half of a reply", { body: '{"choices": [' }],
])("what can pass is tried again: %s", async (_, answer) => {
  await using server = await startWireServer([answer, answer, whole]);
  const { ask, waits } = askingAt(server.url);
  expect((await ask()).text).toBe("Done.");
  expect(waits).toHaveLength(2);
  expect(waits.join()).not.toContain("<");
});

test.each<[string, WireAnswer, RegExp]>([
  [
    "an empty account",
    error(429, { message: "no quota left", type: "insufficient_quota", code: "429" }),
    /no quota left\. The provider's account/,
  ],
  ["no credit", error(402, { message: "Insufficient Balance" }), /HTTP 402.*account/],
  ["hours to wait", error(429, { message: "Please try again in 7h12m0s" }), /It asks to wait 7 hours/],
  ["hours to wait, in a header", error(429, { message: "later" }, { "retry-after": "7200" }), /wait 2 hours/],
  ["a day's limit", error(429, { message: "Limit of requests per day reached" }), /per day/],
  ["an unknown model", error(404, { message: "there is no model x" }), /no model x\. Check LLM_MODEL/],
  [
    "a filtered prompt",
    error(400, { message: "filtered by a policy", code: "content_filter" }),
    /filtered by a policy$/,
  ],
  [
    "a server without tools",
    { status: 400, body: { object: "error", message: "started without tool calls" } },
    /started without tool calls/,
  ],
  [
    "a request too large",
    error(413, { message: "9177 tokens, a minute has 6000", type: "tokens" }),
    /a minute has 6000/,
  ],
  [
    "no /v1",
    { body: { error: "Unexpected endpoint (POST /chat/completions)" } },
    /Unexpected endpoint.*\/v1/,
  ],
  [
    "an address that has moved",
    { status: 308, headers: { location: "https://models.test/v1" }, body: page("Moved") },
    /moved to https:\/\/models\.test\/v1\. OPENAI_API_BASE/,
  ],
  ["a page", html(200, "Sign in"), /Sign in\. This is no model endpoint/],
  ["a page of a firewall", html(403, "Forbidden"), /HTTP 403/],
  [
    "the provider's words behind a gateway's",
    error(400, {
      message: "Provider returned error",
      metadata: { raw: '{"error":{"message":"the model is gone"}}' },
    }),
    /the model is gone/,
  ],
  [
    "an effort that is none of its values",
    error(400, {
      message: "minimal is not one of none, low",
      param: "reasoning_effort",
      code: "unsupported_value",
    }),
    /none, low.*LLM_REASONING_EFFORT/,
  ],
])("what cannot pass is told at once: %s", async (_, answer, told) => {
  await using server = await startWireServer([answer]);
  const refusal = await askingAt(server.url, { reasoningEffort: "minimal" })
    .ask()
    .then(String, (thrown: Error) => thrown);
  expect(refusal).toMatchObject({ code: "bad_config", message: expect.stringMatching(told) });
  expect((refusal as Error).message).not.toMatch(/<|langchain/i);
  expect((refusal as Error).message.length).toBeLessThanOrEqual(600);
  expect(server.requests).toHaveLength(1);
});

test("what does not pass ends in a sentence, without the page that came", async () => {
  await using server = await startWireServer([html(502, "Bad gateway")]);
  const gaveUp = await askingAt(server.url)
    .ask()
    .then(String, (thrown: Error) => thrown.message);
  expect(gaveUp).toMatch(/8 attempts \(HTTP 502\): a page of HTML: Bad gateway/);
  expect(gaveUp.length).toBeLessThanOrEqual(600);
  await using empty = await startWireServer([{ body: { choices: [] } }]);
  await expect(askingAt(empty.url).ask()).rejects.toThrow(/4 attempts: the server sent no choice/);
});

test("an address where nobody listens is named soon, and one that cannot be at once", async () => {
  await expect(askingAt(`http://127.0.0.1:${await freePort()}/v1`).ask()).rejects.toThrow(
    /5 attempts.*OPENAI_API_BASE/,
  );
  const { ask, waits } = askingAt("http://no-such-host.invalid/v1");
  await expect(ask()).rejects.toThrow(/OPENAI_API_BASE/);
  expect(waits.length).toBeLessThan(8);
});

test("an address where something else than HTTP is spoken is named", async () => {
  const server = createServer((socket) => socket.on("error", () => {}).end("SSH-2.0-OpenSSH_9.2\r\n")).listen(
    0,
  );
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await expect(askingAt(`http://127.0.0.1:${port}/v1`).ask()).rejects.toThrow(/Is OPENAI_API_BASE right/);
  server.close();
});

/** Refuses what breaks the rule, and answers the rest. */
async function strict(
  rule: (request: WireRequest) => WireAnswer | undefined,
  options: Partial<ModelOptions> = {},
) {
  const reply = chat({ content: null, tool_calls: [call("read_file", '{"path":"/app"}')] });
  let calls = 0;
  await using server = await startWireServer((request) => rule(request) ?? (calls++ === 0 ? reply : whole));
  const { ask } = askingAt(server.url, options);
  const thread = answered(asked(), await ask());
  expect((await ask(thread)).text).toBe("Done.");
  const last = server.requests.at(-1)?.body ?? {};
  return { last, refused: server.requests.length - 2, paths: server.requests.map(({ path }) => path) };
}

const unless = (broken: boolean | undefined, message: string, param?: string) =>
  broken ? error(400, { message, param }) : undefined;
const messages = (request: WireRequest) => request.body["messages"] as Record<string, unknown>[];

test.each<[string, string, (request: WireRequest) => WireAnswer | undefined, object]>([
  [
    "the other limit",
    "",
    ({ body }) => unless("max_tokens" in body, "max_tokens is not supported, use max_completion_tokens"),
    { max_completion_tokens: 4_096 },
  ],
  [
    "a smaller limit",
    "",
    ({ body }) => unless(Number(body["max_tokens"]) > 1_000, "the valid range of max_tokens is [1, 1000]"),
    { max_tokens: 1_000 },
  ],
  [
    "no effort",
    "low",
    ({ body }) => unless("reasoning_effort" in body, "Unknown parameter", "reasoning_effort"),
    {},
  ],
  [
    "effort none for tools",
    "",
    ({ body, path }) =>
      unless(
        path.endsWith("/responses") || body["reasoning_effort"] !== "none",
        "tools go to /v1/responses alone",
        "reasoning_effort",
      ),
    { reasoning_effort: "none" },
  ],
  [
    "no field",
    "",
    (request) =>
      unless(
        messages(request)?.some((one) => "name" in one),
        "property 'name' is unsupported",
      ),
    {},
  ],
  [
    "no system message",
    "",
    (request) =>
      unless(
        messages(request)?.some(({ role }) => role === "system"),
        "System role not supported",
      ),
    {},
  ],
])("a refusal that names it is answered once, and remembered: %s", async (_, effort, rule, expected) => {
  const { last, refused } = await strict(rule, effort ? { reasoningEffort: "low" } : {});
  expect(last).toMatchObject(expected);
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(4);
});

test("a grammar that is refused is answered once with the barest schemas, and remembered", async () => {
  const path = { type: "string", default: "/app" };
  const parameters = { type: "object", properties: { path }, required: ["path"] };
  const tools = [{ name: "read_file", description: "Read a file.", parameters }];
  const { last, refused } = await strict(
    ({ body }) => unless(JSON.stringify(body["tools"]).includes('"default"'), "failed to parse grammar"),
    { tools },
  );
  expect(JSON.stringify(last)).toContain('"path"');
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(4);
});

test("a parameter that is refused the way of pydantic is left out", async () => {
  const detail = (name: string) => ({
    status: 422,
    body: { message: { detail: [{ loc: ["body", name], msg: "not permitted" }] } },
  });
  const { last } = await strict(
    ({ body }) => ("reasoning_effort" in body ? detail("reasoning_effort") : undefined),
    { reasoningEffort: "low" },
  );
  expect(last).not.toHaveProperty("reasoning_effort");
});

test("an output limit above what the context leaves is lowered", async () => {
  const size = ({ body }: WireRequest) => JSON.stringify(body).length / 4 + Number(body["max_tokens"]);
  const words =
    "the maximum context length is 4096 tokens, 900 of the messages and 4096 of the completion are too many";
  const { last, refused } = await strict((request) => unless(size(request) > 4_096, words));
  expect(refused).toBe(1);
  expect(Number(last["max_tokens"])).toBeGreaterThan(256);
});

test.each([
  "maximum context length is 5000 tokens",
  "input length and max_tokens exceed context limit: 4900 + 256 > 5000",
])(
  "a conversation that is too long is asked again with its oldest results shortened, once: %s",
  async (words) => {
    await using server = await startWireServer(
      ({ body }) => unless(JSON.stringify(body).length > 20_000, words) ?? whole,
    );
    const { ask, waits } = askingAt(server.url, { maxOutputTokens: 256 });
    const result = (id: `${number}.1`, length: number): ModelMessage[] => [
      { role: "assistant", text: redacted``, calls: [{ id, tool: redacted`read_file`, args: {} }] },
      {
        role: "tool",
        callId: id,
        tool: redacted`read_file`,
        content: redacted`${"x".repeat(length) as never}`,
      },
    ];
    const thread = [...asked(), ...result("1.1", 15_000), ...result("2.1", 9_000)];
    expect((await ask(thread)).text).toBe("Done.");
    expect(waits).toEqual([expect.stringContaining("with the oldest results shortened")]);
    expect(JSON.stringify(server.requests[1]?.body)).toContain("characters left out");
    expect((await ask([...thread, ...result("3.1", 500)])).text).toBe("Done.");
    expect(server.requests).toHaveLength(3);
    const refused = await ask([...asked(), ...result("1.1", 50_000)]).catch(String);
    expect(refused).toContain(words);
    expect(refused).toContain("LLM_MAX_OUTPUT_TOKENS");
  },
);
