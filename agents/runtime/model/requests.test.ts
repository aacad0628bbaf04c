import { expect, test } from "vitest";
import { NO_TOKENS } from "../../protocol/spending.ts";
import { redacted } from "../../redact/redacted.ts";
import {
  answered,
  asked,
  askingAt,
  call,
  chat,
  startWireServer,
  type WireRequest,
} from "../../testing/wire-server.ts";
import type { ModelMessage, ModelOptions } from "../model.ts";

type Sent = { role: string; content?: string | null; tool_calls?: { id: string }[] } & Record<
  string,
  unknown
>;
const messagesOf = (request: WireRequest | undefined) => (request?.body["messages"] ?? []) as Sent[];
const json = '{"path":"/app/infra"}';

/** Asks, answers the calls, asks again; gives the messages of the second request. */
async function secondOf(message: object, options: Partial<ModelOptions> = {}): Promise<Sent[]> {
  await using server = await startWireServer([chat(message), chat({ content: "Done." })]);
  const { ask } = askingAt(server.url, options);
  await ask(answered(asked(), await ask()));
  return messagesOf(server.requests[1]);
}

test("neighbours are joined, nothing empty is sent, and user and assistant take turns", async () => {
  await using server = await startWireServer([chat({ content: "Done." })]);
  const own = (text: string): ModelMessage => ({
    role: "assistant",
    text: redacted`${text as never}`,
    calls: [],
  });
  const user = (text: string): ModelMessage => ({ role: "user", content: redacted`${text as never}` });
  const [system] = asked();
  const results = answered([], {
    ...{ text: redacted``, thoughts: [], usage: NO_TOKENS },
    calls: [{ id: "1.1", tool: redacted`read_file`, args: {} }],
  });
  const thread = [
    system as ModelMessage,
    own("a"),
    own("b"),
    user("c"),
    user("d"),
    own(" "),
    user("e"),
    ...results,
    user("f"),
  ];
  await askingAt(server.url).ask(thread);
  const sent = messagesOf(server.requests[0]);
  expect(sent.map(({ role }) => role)).toEqual([
    ...["system", "user", "assistant", "user", "assistant", "tool", "assistant", "user"],
  ]);
  expect(sent[2]?.content).toBe("a\nb");
  expect(sent[3]?.content).toBe("c\nd\ne");
  expect(sent.filter(({ content, tool_calls }) => !content && !tool_calls)).toEqual([]);
  expect(sent[4]?.content).toBe("");
  expect(sent[5]).toMatchObject({ name: "read_file", tool_call_id: sent[4]?.tool_calls?.[0]?.id });
});

test.each<[string, unknown, RegExp]>([
  ["one that some refuse is replaced", "call_a1", /^[a-zA-Z0-9]{9}$/],
  ["Kimi's goes back, whose template counts on it", "functions.read_file:0", /^functions\.read_file:0$/],
  ["Mistral's goes back", "D681PevKs", /^D681PevKs$/],
  ["one that is missing is made", undefined, /^[a-zA-Z0-9]{9}$/],
])("ids of calls: %s", async (_, id, expected) => {
  const sent = await secondOf({ content: null, tool_calls: [call("read_file", json, { id })] });
  expect(sent[2]?.tool_calls?.[0]?.id).toMatch(expected);
  expect(sent[3]?.["tool_call_id"]).toBe(sent[2]?.tool_calls?.[0]?.id);
});

test("what the server said with its calls goes back with them, after a resume too, and their arguments as a string", async () => {
  const sent = await secondOf({
    ...{
      content: "",
      reasoning_content: "I look.",
      reasoning_details: [{ type: "reasoning.text", text: "I look." }],
    },
    tool_calls: [
      call("read_file", { path: "/app" }, { extra_content: { google: { thought_signature: "c2ln" } } }),
    ],
  });
  expect(sent[2]).toMatchObject({
    reasoning_content: "I look.",
    reasoning_details: [{ type: "reasoning.text", text: "I look." }],
    tool_calls: [
      {
        extra_content: { google: { thought_signature: "c2ln" } },
        function: { arguments: '{"path":"/app"}' },
      },
    ],
  });
});

test("what cannot be parsed is not sent back as it was", async () => {
  const sent = await secondOf({ content: null, tool_calls: [call("save_file", '{"path":"/app')] });
  expect(sent[2]).toMatchObject({ tool_calls: [{ function: { arguments: "{}" } }] });
});

test("parameters go by what is set and by the server, never by the model's name", async () => {
  await using server = await startWireServer([chat({ content: "Done." })]);
  await askingAt(server.url, { model: "gpt-5.6-codex" }).ask();
  await askingAt(`${server.url}/`, { model: "m", reasoningEffort: "xhigh" }).ask();
  const [first, second] = server.requests;
  expect(first?.path).toBe("/v1/chat/completions");
  expect(Object.keys(first?.body ?? {}).sort()).toEqual(["max_tokens", "messages", "model", "tools"]);
  expect(messagesOf(first)[0]?.role).toBe("system");
  expect(second).toMatchObject({ path: "/v1/chat/completions", body: { reasoning_effort: "xhigh" } });
});

test("by /v1/responses, calls and encrypted thoughts go there and back", async () => {
  const thought = {
    type: "reasoning",
    id: "rs_1",
    summary: [{ type: "summary_text", text: "I look." }],
    encrypted_content: "ZW5j",
  };
  const called = { type: "function_call", id: "fc_1", call_id: "call_1", name: "read_file", arguments: json };
  const text = { type: "message", role: "assistant", content: [{ type: "output_text", text: "Done." }] };
  const reply = (output: object[], more: object = {}) => ({
    body: { object: "response", status: "completed", output, ...more },
  });
  await using server = await startWireServer([
    reply([thought, called]),
    reply([text]),
    reply([text], { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } }),
  ]);
  const { ask } = askingAt(server.url, { api: "responses", reasoningEffort: "low" });
  const first = await ask();
  expect(first).toMatchObject({
    thoughts: ["I look."],
    calls: [{ tool: "read_file", args: { path: "/app/infra" } }],
  });
  expect((await ask(answered(asked(), first))).text).toBe("Done.");
  expect((await ask()).problem).toContain("cut off");
  const [one, two] = server.requests;
  expect(one).toMatchObject({
    path: "/v1/responses",
    body: { store: false, reasoning: { effort: "low" }, max_output_tokens: 4_096 },
  });
  expect(two?.body["input"]).toMatchObject([
    ...[{ role: "system" }, { role: "user" }, thought],
    { type: "function_call", call_id: "call_1", arguments: json },
    { type: "function_call_output", call_id: "call_1", output: "[ok]" },
  ]);
});
