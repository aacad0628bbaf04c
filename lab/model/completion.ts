/** A reply in the shape of OpenAI's chat completions, whole or as the events of a stream. */
import { randomUUID } from "node:crypto";
import type { ChatRequest } from "./conversation.ts";

/** What a model says: text, thinking and tool calls; `arguments` is JSON text. */
export type Reply = { say: string; think: string; calls: { id: string; name: string; arguments: string }[] };

/** Rough: four characters a token. */
export type Usage = {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number };
  completion_tokens_details: { reasoning_tokens: number };
};

/** The part of a prompt that providers keep: the prefix it shares with the one before, in blocks. */
const CACHE_BLOCK_TOKENS = 128;
const CACHE_MIN_TOKENS = 1024;

const tokens = (text: string) => Math.ceil(text.length / 4);

/** The text of a request that is billed: what it begins with is what can be cached. */
export function promptText(request: ChatRequest): string {
  return JSON.stringify(request.tools) + JSON.stringify(request.messages);
}

/** `previous` is the prompt of the call before, of the same role: "" when there was none. */
export function countUsage(prompt: string, previous: string, reply: Reply): Usage {
  const promptTokens = tokens(prompt);
  const reasoning = tokens(reply.think);
  const completion = reasoning + tokens(reply.say) + tokens(JSON.stringify(reply.calls));
  const shared = Math.floor(sharedLength(prompt, previous) / 4 / CACHE_BLOCK_TOKENS) * CACHE_BLOCK_TOKENS;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completion,
    total_tokens: promptTokens + completion,
    prompt_tokens_details: { cached_tokens: shared < CACHE_MIN_TOKENS ? 0 : shared },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** The answer to a request without `stream`. */
export function wholeCompletion(request: ChatRequest, reply: Reply, usage: Usage): string {
  const message = {
    role: "assistant",
    content: reply.say || null,
    ...(reply.think && { reasoning_content: reply.think }),
    ...(reply.calls.length > 0 && { tool_calls: reply.calls.map(toToolCall) }),
  };
  const choice = { index: 0, message, finish_reason: finishReason(reply) };
  return JSON.stringify({ ...envelope(request, "chat.completion"), choices: [choice], usage });
}

/** The answer to a request with `stream`, as the data of server-sent events. */
export function streamedCompletion(request: ChatRequest, reply: Reply, usage: Usage): string[] {
  const head = envelope(request, "chat.completion.chunk");
  const chunk = (delta: object, finish_reason: string | null = null) =>
    JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason }] });
  return [
    chunk({ role: "assistant", content: "" }),
    ...pieces(reply.think).map((text) => chunk({ reasoning_content: text })),
    ...pieces(reply.say).map((text) => chunk({ content: text })),
    ...reply.calls.flatMap((call, index) => [
      chunk({ tool_calls: [{ index, ...toToolCall({ ...call, arguments: "" }) }] }),
      ...pieces(call.arguments).map((text) =>
        chunk({ tool_calls: [{ index, function: { arguments: text } }] }),
      ),
    ]),
    chunk({}, finishReason(reply)),
    ...(request.stream_options?.include_usage ? [JSON.stringify({ ...head, choices: [], usage })] : []),
    "[DONE]",
  ];
}

function envelope(request: ChatRequest, object: string) {
  return {
    id: `chatcmpl-${randomUUID()}`,
    object,
    created: Math.floor(Date.now() / 1000),
    model: request.model,
  };
}

function finishReason(reply: Reply): string {
  return reply.calls.length > 0 ? "tool_calls" : "stop";
}

function toToolCall({ id, name, arguments: args }: Reply["calls"][number]) {
  return { id, type: "function", function: { name, arguments: args } };
}

function pieces(text: string): string[] {
  return text.match(/[\s\S]{1,48}/g) ?? [];
}
