/** An endpoint over real HTTP that answers byte for byte what a test says, and keeps what it was asked. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createRedactor } from "../redact/redact.ts";
import { redacted } from "../redact/redacted.ts";
import { createModel, type ModelMessage, type ModelOptions, type ModelReply } from "../runtime/model.ts";
import { toolDefinitions } from "../runtime/tool-call.ts";
import { readFile } from "../tools/read-file.ts";
import { saveFile } from "../tools/save-file.ts";
import type { Tool } from "../tools/tool.ts";

export type WireAnswer = { status?: number; headers?: Record<string, string>; body: unknown };
export type WireRequest = { path: string; body: Record<string, unknown> };
export type WireServer = AsyncDisposable & { url: string; requests: WireRequest[] };

/** A body that is no string goes as JSON. The last answer stays. */
export async function startWireServer(
  answers: readonly WireAnswer[] | ((request: WireRequest, index: number) => WireAnswer),
): Promise<WireServer> {
  const requests: WireRequest[] = [];
  const server = createServer(async (request, response) => {
    const asked = { path: request.url ?? "", body: JSON.parse(await text(request)) };
    requests.push(asked);
    const index = requests.length - 1;
    const answer = typeof answers === "function" ? answers(asked, index) : (answers[index] ?? answers.at(-1));
    const { status = 200, headers = {}, body = "" } = answer ?? {};
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** A whole reply of chat/completions around a message. */
export function chat(
  message: object,
  ended = "stop",
  usage: object | null = { prompt_tokens: 20 },
): WireAnswer {
  const choice = { index: 0, message: { role: "assistant", ...message }, finish_reason: ended };
  return { body: { id: "c", object: "chat.completion", choices: [choice], usage } };
}

export function call(name: string, args: unknown, more: object = {}): object {
  return { id: "call_a1", type: "function", function: { name, arguments: args }, ...more };
}

const TOOLS = new Map(
  [readFile, saveFile].map((tool) => [tool.name, { tool: tool as unknown as Tool, access: "full" as const }]),
);

export type Asking = {
  model: ReturnType<typeof createModel>;
  waits: string[];
  ask(thread?: ModelMessage[]): Promise<ModelReply>;
};

/** The product's client, with the tools read_file and save_file. */
export function askingAt(url: string, options: Partial<ModelOptions> = {}): Asking {
  const model = createModel({
    ...{ baseUrl: url, apiKey: "k", model: "m", reasoningEffort: undefined, cacheKey: "QA_Tester" },
    ...{ maxOutputTokens: 4_096, timeoutMs: 20_000, tools: toolDefinitions(TOOLS), backoffMs: 1 },
    redactor: createRedactor(["hunter2hunter2"]),
    ...options,
  });
  const waits: string[] = [];
  const onWait = (reason: string) => waits.push(reason);
  const ask = (thread: ModelMessage[] = asked()) =>
    model.ask(thread, { step: 1, signal: new AbortController().signal, onWait });
  return { model, waits, ask };
}

export function asked(): ModelMessage[] {
  return [
    { role: "system", content: redacted`You are QA_Tester.` },
    { role: "user", content: redacted`look` },
  ];
}

/** What the turn puts behind a reply: it, and a result for each call. */
export function answered(thread: ModelMessage[], { text, calls, carry }: ModelReply): ModelMessage[] {
  const results = calls.map(
    ({ id, tool }): ModelMessage => ({ role: "tool", callId: id, tool, content: redacted`[ok]` }),
  );
  return [...thread, { role: "assistant", text, calls, carry }, ...results];
}
