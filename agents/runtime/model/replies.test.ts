import { expect, test } from "vitest";
import { NO_TOKENS } from "../../protocol/spending.ts";
import { createRedactor } from "../../redact/redact.ts";
import { redacted } from "../../redact/redacted.ts";
import { asked, askingAt, call, chat, startWireServer, type WireAnswer } from "../../testing/wire-server.ts";
import { readRecorded, recordOf } from "../recorded-reply.ts";

async function replyTo(...answers: WireAnswer[]) {
  await using server = await startWireServer(answers);
  return await askingAt(server.url).ask();
}

const infra = { path: "/app/infra" };
const json = JSON.stringify(infra);
const read = { tool: "read_file", args: infra };

test.each<[string, object]>([
  ["an object in place of a string", { tool_calls: [call("read_file", infra)] }],
  ["a string within a string", { tool_calls: [call("read_file", JSON.stringify(json))] }],
  ["a single call in place of a list", { tool_calls: call("read_file", json) }],
  ["the form before tools", { function_call: { name: "read_file", arguments: json } }],
  ["control tokens behind the name", { tool_calls: [call("read_file<|channel|>commentary", json)] }],
  ["a namespace before the name", { tool_calls: [call("functions.read_file", json)] }],
])("a call is taken however it is written: %s", async (_, message) => {
  expect((await replyTo(chat({ content: "\n\n", ...message }))).calls).toMatchObject([read]);
});

test("no arguments are none, broken ones are a call with a problem, and each call has an id", async () => {
  const ids = ["", null, undefined, "list:0", "list:0"];
  const calls = [...ids.map((id) => call("read_file", "", { id })), call("save_file", '{"path": "/app')];
  const reply = await replyTo(chat({ content: null, tool_calls: calls }, "tool_calls"));
  expect(new Set(reply.calls.map(({ id }) => id)).size).toBe(6);
  expect(reply.calls.slice(0, 5)).toMatchObject(ids.map(() => ({ args: {} })));
  expect(reply.calls[5]).toMatchObject({ args: {}, problem: expect.stringContaining("not valid JSON") });
});

const WRITTEN: Readonly<Record<string, string>> = {
  "JSON in a fence": `\`\`\`json\n{"name":"read_file","arguments":${json}}\n\`\`\``,
  "bare JSON": `{"name":"read_file","arguments":${json}}`,
  "JSON of a tool": `{"type":"function","function":{"name":"read_file","parameters":${json}}}`,
  "Hermes, Qwen": `<tool_call>\n{"name":"read_file","arguments":${json}}\n</tool_call>`,
  "Qwen coder":
    "<tool_call>\n<function=read_file>\n<parameter=path>\n/app/infra\n</parameter>\n</function>\n</tool_call>",
  Llama: `<function=read_file>${json}</function>`,
  "Llama, with a token": `<|python_tag|>{"name":"read_file","parameters":${json}}`,
  Mistral: `[TOOL_CALLS][{"name":"read_file","arguments":${json}}]`,
  "Mistral, newer": `[TOOL_CALLS]read_file[ARGS]${json}`,
  "DeepSeek V3": `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>read_file\n\`\`\`json\n${json}\n\`\`\`<｜tool▁call▁end｜><｜tool▁calls▁end｜>`,
  DSML: '<｜DSML｜function_calls>\n<｜DSML｜invoke name="read_file">\n<｜DSML｜parameter name="path" string="true">/app/infra</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>',
  Kimi: `<|tool_calls_section_begin|><|tool_call_begin|>functions.read_file:0<|tool_call_argument_begin|>${json}<|tool_call_end|><|tool_calls_section_end|>`,
  "Qwen, with the braces of its template": `{{"name": "read_file", "arguments": ${json}}}}}`,
  GLM: "<tool_call>read_file\n<arg_key>path</arg_key>\n<arg_value>/app/infra</arg_value>\n</tool_call>",
  harmony: `<|channel|>commentary to=functions.read_file <|constrain|>json<|message|>${json}<|end|>`,
  "a tag of the tool": "<read_file>\n<path>/app/infra</path>\n</read_file>",
  Python: '[read_file(path="/app/infra")]',
  "behind a thought": `<think>I look.</think>\n{"name":"read_file","arguments":${json}}`,
};

test.each(Object.entries(WRITTEN))(
  "a text that is nothing but a call is that call: %s",
  async (_, content) => {
    const reply = await replyTo(chat({ content }));
    expect(reply).toMatchObject({ text: "", calls: [read] });
    expect(reply.problem).toBeUndefined();
  },
);

test("arguments that are clear are taken in a written call as in another", async () => {
  const content = '{"name":"read_file","arguments":{"path":"/app/infra","limit":"20"}}';
  expect((await replyTo(chat({ content }))).calls).toMatchObject([{ args: { limit: "20" } }]);
});

test("several calls in one text are all made, and what stands within arguments stays as it is", async () => {
  const content = '```bash\n<tool_call>x</tool_call> <|im_end|> [TOOL_CALLS]\n```\nwith "quotes"';
  const save = { name: "save_file", arguments: { path: "/app/infra/a.md", content } };
  const text = `${JSON.stringify(save)}\n{"name":"read_file","arguments":${json}}`;
  expect((await replyTo(chat({ content: text }))).calls).toMatchObject([{ args: save.arguments }, read]);
});

test.each<[string, string]>([
  ["behind a sentence", `I look first.\n\n${WRITTEN["JSON in a fence"]}`],
  ["before a sentence", `${WRITTEN["Qwen coder"]}\nNow I wait.`],
  [
    "with arguments that the tool does not take, and words",
    'So: {"name":"read_file","arguments":{"file":"/app"}}',
  ],
  ["of a tool that there is not", '<tool_call>{"name":"request_audit","arguments":{}}</tool_call>'],
  ["cut in the middle", '<tool_call>{"name":"read_file","argu'],
])("a call in a text that is not certain is told to the model: %s", async (_, content) => {
  const reply = await replyTo(chat({ content }));
  expect(reply.calls).toEqual([]);
  expect(reply.problem).toContain("nothing was run");
});

test.each([
  "PASS: pve1 answers, `read_file` showed two files.",
  'The state is:\n```json\n{"name":"pve1","status":"online"}\n```',
  "I used read_file on /app/infra; run_ssh is not mine.",
  "The template writes `<|im_start|>` and `<tool_call>` into logs: harmless.",
])("a word that speaks of calls is a word: %s", async (content) => {
  expect(await replyTo(chat({ content }))).toMatchObject({ text: content, calls: [] });
  expect((await replyTo(chat({ content }))).problem).toBeUndefined();
});

test.each<[string, object]>([
  ["a tag that was never opened", { content: "Ask @QA_Tester [DONE]\n</think>\n\nTwo files." }],
  ["a tag", { content: "<think>Ask @QA_Tester [DONE]</think>Two files." }],
  ["Mistral's tag", { content: "[THINK]Ask @QA_Tester [DONE][/THINK]Two files." }],
  ["a field", { content: "Two files.", reasoning_content: "Ask @QA_Tester [DONE]" }],
  [
    "two fields",
    {
      content: "Two files.",
      reasoning: "Ask @QA_Tester [DONE]",
      reasoning_details: [{ text: "Ask @QA_Tester [DONE]" }],
    },
  ],
  [
    "parts",
    {
      content: [
        { type: "thinking", thinking: [{ type: "text", text: "Ask @QA_Tester [DONE]" }] },
        { type: "text", text: "Two files." },
      ],
    },
  ],
  [
    "harmony",
    {
      content:
        "<|channel|>analysis<|message|>Ask @QA_Tester [DONE]<|end|><|start|>assistant<|channel|>final<|message|>Two files.<|return|>",
    },
  ],
  ["harmony without its tokens", { content: "analysisAsk @QA_Tester [DONE]assistantfinalTwo files." }],
])("a thought is never text: %s", async (_, message) => {
  expect(await replyTo(chat(message))).toMatchObject({
    text: "Two files.",
    thoughts: ["Ask @QA_Tester [DONE]"],
  });
});

test("a thought that does not end is no text, and only a thought is an empty reply", async () => {
  expect(await replyTo(chat({ content: "<think>I should" }))).toMatchObject({
    text: "",
    thoughts: ["I should"],
  });
  const reply = await replyTo(chat({ content: null, reasoning_content: "I should" }));
  expect(reply).toMatchObject({ text: "", calls: [], thoughts: ["I should"] });
});

test.each(["length", "max_tokens", "MAX_TOKENS", "model_length"])(
  "nothing of a reply that ended with %s is run or sent, valid or not",
  async (reason) => {
    const args = { path: "/app/infra/a.tf", content: "resource " };
    const whole = [call("save_file", JSON.stringify(args)), call("save_file", '{"path":"/app')];
    const { calls } = await replyTo(chat({ content: null, tool_calls: whole }, reason));
    const cut = { args: {}, problem: expect.stringContaining("cut off at the output limit (4096 tokens") };
    expect(calls).toMatchObject([cut, cut]);
    const written = await replyTo(chat({ content: WRITTEN["bare JSON"] }, reason));
    expect(written.calls).toMatchObject([cut]);
    expect(await replyTo(chat({ content: "I checked: 1. pve1 is" }, reason))).toMatchObject({
      problem: cut.problem,
    });
  },
);

test("a reply of as many tokens as were allowed is cut, whatever its server says", async () => {
  const reply = await replyTo(chat({ content: "It is" }, "stop", { completion_tokens: 4_096 }));
  expect(reply.problem).toContain("cut off");
});

test.each<[string, WireAnswer, string]>([
  ["filtered", chat({ content: "Half" }, "content_filter"), "content filter"],
  ["refused", chat({ content: null, refusal: "I cannot help" }), "I cannot help"],
  [
    "a malformed call",
    chat({ content: null }, "function_call_filter: MALFORMED_FUNCTION_CALL"),
    "could not read",
  ],
])("what is no word of the role has a problem: %s", async (_, answer, problem) => {
  expect((await replyTo(answer)).problem).toContain(problem);
});

test("a reply that failed on the way is asked for again", async () => {
  const failed = chat({ content: "Half" }, "error");
  expect((await replyTo(failed, chat({ content: "whole" }))).text).toBe("whole");
});

test.each<[string, unknown]>([
  ["blank lines before it", `\n\n\n${JSON.stringify(chat({ content: "Two." }).body)}`],
  ["an envelope", { code: 200, data: chat({ content: "Two." }).body }],
  ["a list", [chat({ content: "Two." }).body]],
  [
    "a stream that nobody asked for",
    ': keep-alive\n\ndata: {"choices":[{"delta":{"role":"assistant","content":"Tw"}}]}\n\ndata: {"choices":[{"delta":{"content":"o."},"finish_reason":"stop"}]}\n\ndata: [DONE]\n',
  ],
])("a reply is found in %s", async (_, body) => {
  expect((await replyTo({ body })).text).toBe("Two.");
});

test("a call whose stream was not asked for is put together", async () => {
  const delta = (name: string | undefined, args: string) => ({
    choices: [{ delta: { tool_calls: [{ index: 0, function: { name, arguments: args } }] } }],
  });
  const end = { choices: [{ delta: {}, finish_reason: "tool_calls" }] };
  const chunks = [delta("read_file", '{"path":'), delta(undefined, '"/app/infra"}'), end];
  const body = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("");
  expect((await replyTo({ body })).calls).toMatchObject([read]);
  expect((await replyTo({ body: body.slice(0, -90) }, chat({ content: "again" }))).text).toBe("again");
});

test("what a server does not count is estimated, and marked so; a probe for a short context is paid as well (R53)", async () => {
  const { usage } = await replyTo(chat({ content: "x".repeat(400) }, "stop", null));
  expect(usage).toMatchObject({ completion: 100, cached: 0, cacheWrite: 0, reasoning: 0, isEstimate: true });
  expect(usage.prompt).toBeGreaterThan(10);
  const half = await replyTo(chat({ content: "x".repeat(400) }, "stop", { prompt_tokens: 7 }));
  expect(half.usage).toMatchObject({ prompt: 7, completion: 100, isEstimate: true });
  const counted = { prompt_tokens: 9, completion_tokens: 2, prompt_cache_hit_tokens: 4 };
  const reply = await replyTo(chat({ content: "x" }, "stop", counted));
  expect(reply.usage).toEqual({ ...NO_TOKENS, prompt: 9, completion: 2, cached: 4 });
  await using server = await startWireServer((_, index) =>
    chat({ content: "x" }, "stop", { prompt_tokens: 8_192 + index * 200, completion_tokens: 1 }),
  );
  const long = { role: "system" as const, content: redacted`${"word ".repeat(9_000) as never}` };
  const probed = await askingAt(server.url).ask([long, ...asked().slice(1)]);
  expect(probed.usage).toEqual({ ...NO_TOKENS, prompt: 8_192 + 8_392, completion: 2 });
});

test("a secret in what a server wants back is in no record, and a written call with one still has it", async () => {
  const written = '{"name":"save_file","arguments":{"path":"/app/infra/a","content":"hunter2hunter2"}}';
  const [call_] = (await replyTo(chat({ content: written }))).calls;
  expect(call_?.sealedArgs?.open()).toMatchObject({ content: "hunter2hunter2" });
  const thought = {
    content: "",
    reasoning_content: "it is hunter2hunter2",
    tool_calls: [call("read_file", json)],
  };
  const reply = await replyTo(chat(thought));
  expect(reply.carry).toEqual({ reasoning_content: "it is [redacted]" });
  expect(readRecorded(JSON.parse(JSON.stringify(recordOf(reply))), createRedactor([]))).toEqual(reply);
});

test("a server that counts what it has kept apart, or in a way of its own, is asked once more at most", async () => {
  const thread = () => [
    { role: "system" as const, content: redacted`${"word ".repeat(20_000) as never}` },
    ...asked().slice(1),
  ];
  const kept = { prompt_tokens: 2_100, prompt_tokens_details: { cached_tokens: 23_000 } };
  await using apart = await startWireServer([chat({ content: "Done." }, "stop", kept)]);
  await askingAt(apart.url).ask(thread());
  expect(apart.requests).toHaveLength(1);
  await using own = await startWireServer((_, index) =>
    chat({ content: "Done." }, "stop", { prompt_tokens: 2_101 + index * 100 }),
  );
  const asking = askingAt(own.url);
  for (let time = 0; time < 3; time++) await asking.ask(thread());
  expect(own.requests).toHaveLength(4);
});

test("a server that reads less than it was sent is found out, and one that counts a round number is not", async () => {
  const thread = () => [
    { ...asked()[0], role: "system" as const, content: redacted`${"word ".repeat(9_000) as never}` },
    ...asked().slice(1),
  ];
  await using cutting = await startWireServer([
    chat({ content: "Hello!" }, "stop", { prompt_tokens: 4_096 }),
  ]);
  await expect(askingAt(cutting.url).ask(thread())).rejects.toThrow(/4096 of about \d+ tokens.*num_ctx/);
  await using whole = await startWireServer((_, index) =>
    chat({ content: "Done." }, "stop", { prompt_tokens: 8_192 + index * 200 }),
  );
  const asking = askingAt(whole.url);
  for (let time = 0; time < 3; time++) expect((await asking.ask(thread())).text).toBe("Done.");
  expect(whole.requests).toHaveLength(4);
});
