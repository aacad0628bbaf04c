import { afterEach, expect, test } from "vitest";
import type { CallCounts } from "./chat.ts";
import type { Fault } from "./faults.ts";
import { parseScenario } from "./scenario.ts";
import { type Model, startModel } from "./server.ts";

const SCENARIO = `
name: small
request: build it
find: ["at (?<address>\\\\S+)"]
rules:
  - { role: QA_Tester, when: { step: 3 }, say: "digest {{digest}}" }
  - role: QA_Tester
    when: { step: 2, last: ['^\\[ok exit 0\\]', '(?<digest>[0-9a-f]{8})$'] }
    think: a digest
    call: [{ tool: run_ssh, arguments: { host: "{{address}}", list: ["{{digest}}", 7, "{{ jinja }}"] } }]
  - { role: QA_Tester, when: { step: 2 }, say: "FAIL" }
  - role: QA_Tester
    when: { from: Architect_Zero, heard: 'verify' }
    call: [{ tool: run_ssh, arguments: { host: pve1 } }]
`;

const system = { role: "developer", content: "You are QA_Tester, the one who checks.\nMore." };
const heard = line("Architect_Zero", "@QA_Tester verify web-01 at 10.0.0.1");
const asked = { role: "assistant", content: null, tool_calls: [{ id: "1" }] };
const ok = { role: "tool", tool_call_id: "1", content: "[ok exit 0]\ndeadbeef" };

type Call = { id: string; function: { name: string; arguments: string } };
type Said = { content: string | null; reasoning_content?: string; tool_calls?: Call[] };
type Body = {
  error?: { message: string };
  usage?: { prompt_tokens: number; prompt_tokens_details: { cached_tokens: number } };
  choices?: { message: Said; finish_reason: string }[];
};

let model: Model | undefined;
afterEach(() => model?.close());

function line(from: string, text: string) {
  return { role: "user", content: JSON.stringify({ from, to: ["QA_Tester"], time: "t", text }) };
}

async function start(faults: Fault[] = []): Promise<string> {
  model = await startModel({ scenario: parseScenario(SCENARIO, "test"), faults });
  return model.url;
}

function post(url: string, messages: object[], more: object = {}): Promise<Response> {
  const headers = { "content-type": "application/json", authorization: "Bearer any" };
  const body = JSON.stringify({ model: "scripted", messages: [system, ...messages], ...more });
  return fetch(`${url}/chat/completions`, { method: "POST", headers, body });
}

async function ask(url: string, ...messages: object[]) {
  const response = await post(url, messages);
  const body = (await response.json()) as Body;
  const choice = body.choices?.[0];
  return {
    status: response.status,
    error: body.error?.message,
    cached: body.usage?.prompt_tokens_details.cached_tokens ?? 0,
    prompt: body.usage?.prompt_tokens ?? 0,
    message: choice?.message,
    finish_reason: choice?.finish_reason,
    calls: choice?.message.tool_calls ?? [],
    args: choice?.message.tool_calls?.[0]?.function.arguments ?? "",
  };
}

async function readEvents(response: Response): Promise<string[]> {
  return (await response.text())
    .split("\n\n")
    .filter(Boolean)
    .map((event) => event.replace(/^data: /, ""));
}

const badStatus: Fault = { kind: "status", times: 2, status: 429, retry_after_s: 3 };
const fault = (kind: Fault["kind"]): Fault => ({ kind, times: 1, status: 500 });

test("the answer depends on the conversation alone: who is asked, what was heard, step and tool result", async () => {
  const url = await start();
  const first = await ask(url, heard);
  expect(first.finish_reason).toBe("tool_calls");
  expect(first.calls[0]?.function).toEqual({ name: "run_ssh", arguments: '{"host":"pve1"}' });
  const failed = await ask(url, heard, asked, { ...ok, content: "[failed exit 1]\ndeadbeef" });
  expect(failed.message?.content).toBe("FAIL");
  expect((await ask(url, heard, asked, ok)).finish_reason).toBe("tool_calls");
});

test("named groups of the patterns fill texts and arguments at any depth; other braces stay", async () => {
  const { args, message } = await ask(await start(), line("User", "an older one"), heard, asked, ok);
  expect(JSON.parse(args)).toEqual({
    host: "10.0.0.1",
    list: ["deadbeef", 7, "{{ jinja }}"],
  });
  expect(message?.reasoning_content).toBe("a digest");
});

test("a reply that the agent did not take is asked for again: the same step", async () => {
  const url = await start();
  const unread = [
    { role: "assistant", content: "" },
    { role: "user", content: "Your reply was empty." },
  ];
  expect((await ask(url, heard, ...unread)).args).toBe('{"host":"pve1"}');
  expect((await ask(url, heard, asked, ok, ...unread)).message?.reasoning_content).toBe("a digest");
});

test("lines of the channel that were joined into one message are several, and a remark behind them is one", async () => {
  const url = await start();
  const remark = "Your reply was empty.\nCall a tool.";
  const joined = { role: "user", content: `${line("User", "hello").content}\n\n${heard.content}\n${remark}` };
  expect((await ask(url, joined)).args).toBe('{"host":"pve1"}');
  expect((await ask(url, joined, asked, ok)).message?.reasoning_content).toBe("a digest");
});

test("what the scenario has no answer to is an error that names the question, and is counted", async () => {
  const url = await start();
  const unheard = await ask(url, line("User", "make me a sandwich"));
  expect(unheard.status).toBe(400);
  expect(unheard.error).toContain("make me a sandwich");
  const untold = await ask(url, heard, asked, ok, asked, ok);
  expect(untold.error).toContain("nothing said tells digest");
  const calls = (await (await fetch(new URL("/calls", url))).json()) as CallCounts;
  expect(calls).toEqual(model?.requests());
  expect(calls).toMatchObject({ total: 2, roles: { QA_Tester: 2 } });
  expect(calls.gaps).toHaveLength(2);
});

test("a stream carries the same reply in pieces, with usage only when it was asked for", async () => {
  const url = await start();
  const messages = [heard, asked, ok];
  const events = await readEvents(
    await post(url, messages, { stream: true, stream_options: { include_usage: true } }),
  );
  expect(events.pop()).toBe("[DONE]");
  const chunks = events.map((event) => JSON.parse(event));
  expect(chunks.pop().usage.completion_tokens_details.reasoning_tokens).toBe(2);
  const deltas = chunks.map((chunk) => chunk.choices[0].delta);
  const args = deltas.map((delta) => delta.tool_calls?.[0].function.arguments ?? "").join("");
  expect(JSON.parse(args).host).toBe("10.0.0.1");
  expect(deltas.map((delta) => delta.reasoning_content ?? "").join("")).toBe("a digest");
  expect(chunks.at(-1).choices[0].finish_reason).toBe("tool_calls");
  const plain = await readEvents(await post(url, messages, { stream: true }));
  expect(plain.some((event) => event.includes("usage"))).toBe(false);
});

test("cached tokens are those of the prefix that the role sent before", async () => {
  const url = await start();
  const long = line("User", "x".repeat(8000));
  const cold = await ask(url, long, heard);
  const warm = await ask(url, long, heard, asked, ok);
  expect(cold.cached).toBe(0);
  expect(warm.cached).toBeGreaterThan(1900);
  expect(warm.cached % 128).toBe(0);
  expect(warm.cached).toBeLessThan(warm.prompt);
});

test("an armed fault happens as often as it should, then the reply is right (F20)", async () => {
  const url = await start([badStatus]);
  for (const _ of [1, 2]) {
    const limited = await post(url, [heard]);
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "3"]);
    await limited.body?.cancel();
  }
  expect((await ask(url, heard)).finish_reason).toBe("tool_calls");
});

test("faults of the reply: bad arguments, unknown tool, the same id twice, nothing, think tags (F24)", async () => {
  const url = await start();
  const broken = async (kind: Fault["kind"]) => {
    model?.arm(fault(kind));
    return await ask(url, heard);
  };
  const malformed = (await broken("malformed_arguments")).args;
  expect(() => JSON.parse(malformed)).toThrow();
  expect((await broken("unknown_tool")).calls[0]?.function.name).toBe("request_security_audit");
  const [one, two] = (await broken("duplicate_ids")).calls;
  expect(one?.id).toBe(two?.id);
  expect((await broken("empty")).message).toEqual({ role: "assistant", content: null });
  expect((await broken("think_tags")).message?.content).toMatch(/^<think>.*<\/think>/);
});

test("faults of the connection: a cut, an answer that ends too early, one that never comes", async () => {
  const url = await start();
  const arm = (kind: string) =>
    fetch(new URL("/faults", url), { method: "POST", body: JSON.stringify({ kind, role: "QA_Tester" }) });
  expect((await arm("cut")).status).toBe(200);
  await expect(post(url, [heard]).then((response) => response.text())).rejects.toThrow();
  await arm("truncated_json");
  const short = await (await post(url, [heard])).text();
  expect(() => JSON.parse(short)).toThrow();
  await arm("hang");
  const unanswered = expect(post(url, [heard])).rejects.toThrow();
  while ((model?.requests().total ?? 0) < 3) await fetch(new URL("/calls", url));
  await model?.close();
  await unanswered;
});

test("a fault that does not exist is refused", async () => {
  const url = await start();
  const answer = await fetch(new URL("/faults", url), { method: "POST", body: '{"kind":"sulk"}' });
  expect(answer.status).toBe(400);
});
