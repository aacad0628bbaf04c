/**
 * The model behind one interface: any OpenAI-compatible endpoint through ChatOpenAI.bindTools. Retries are
 * in retries.ts and nowhere else. What the model sends is untrusted: malformed calls become calls with a `problem`.
 */

import {
  AIMessage,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import type { Redactor } from "../redact/redact.ts";
import { escapeForgedTurns } from "./escape-forged-turns.ts";
import type { Usage } from "./events.ts";
import { type RetryOptions, withRetries } from "./retries.ts";

/** Calls of one reply that are run; who asks for more has lost the thread. */
const MAX_CALLS = 32;

export type ToolRequest = {
  /** Ours, not the provider's: `<step>.<number>`, so that it is unique and the same after a resume. */
  id: string;
  tool: string;
  args: unknown;
  /** Why the arguments could not be read. */
  problem?: string;
};

export type ModelReply = { text: string; thoughts: string[]; calls: ToolRequest[]; usage: Usage };

export type ModelMessage =
  | { role: "system" | "user"; content: string }
  | { role: "assistant"; text: string; calls: ToolRequest[] }
  | { role: "tool"; callId: string; tool: string; content: string };

export type ToolDefinition = { name: string; description: string; parameters: Record<string, unknown> };

export type AskOptions = RetryOptions & { step: number };

export interface Model {
  /** One model call. AppError `unavailable` when it cannot be had, `bad_config` when the endpoint refuses. */
  ask(messages: readonly ModelMessage[], options: AskOptions): Promise<ModelReply>;
}

export type ModelOptions = {
  baseUrl: string;
  apiKey: string | undefined;
  model: string;
  reasoningEffort: "minimal" | "low" | "medium" | "high" | undefined;
  maxOutputTokens: number;
  timeoutMs: number;
  /** Keeps the provider's prompt cache of one role together. */
  cacheKey: string;
  tools: readonly ToolDefinition[];
  /** Nothing goes to the model that has not gone through it. */
  redactor: Redactor;
  /** First wait between attempts; doubles up to 60 times as long. */
  backoffMs?: number;
};

export function createModel(options: ModelOptions): Model {
  const chat = new ChatOpenAI({
    model: options.model,
    apiKey: options.apiKey ?? "none", // local servers want none, the client wants one
    maxRetries: 0,
    timeout: options.timeoutMs,
    maxTokens: options.maxOutputTokens,
    useResponsesApi: false,
    promptCacheKey: options.cacheKey,
    ...(options.reasoningEffort && { reasoning: { effort: options.reasoningEffort } }),
    configuration: { baseURL: options.baseUrl },
  } as ConstructorParameters<typeof ChatOpenAI>[0]);
  const bound = chat.bindTools(
    options.tools.map((tool) => ({ type: "function" as const, function: { ...tool } })),
  );
  const converted = new WeakMap<ModelMessage, BaseMessage>();
  const convert = (message: ModelMessage) => {
    const known = converted.get(message) ?? toLangChain(message, options.redactor);
    converted.set(message, known);
    return known;
  };
  return {
    ask: (messages, ask) =>
      withRetries(ask, options.backoffMs ?? 1_000, async () =>
        toReply(await bound.invoke(messages.map(convert), { signal: ask.signal }), ask.step),
      ),
  };
}

function toLangChain(message: ModelMessage, redactor: Redactor): BaseMessage {
  const clean = (text: string) => escapeForgedTurns(redactor(text));
  switch (message.role) {
    case "system":
      return new SystemMessage(redactor(message.content));
    case "user":
      return new HumanMessage(clean(message.content));
    case "assistant":
      return new AIMessage({
        content: clean(message.text),
        tool_calls: message.calls.map(({ id, tool, args }) => ({
          id,
          name: toolName(clean(tool)),
          args: mapTexts(args ?? {}, redactor) as Record<string, unknown>,
          type: "tool_call" as const,
        })),
      });
    case "tool":
      return new ToolMessage({
        content: clean(message.content),
        tool_call_id: message.callId,
        name: toolName(clean(message.tool)),
      });
    default:
      return message satisfies never;
  }
}

/** Models invent names, and an endpoint refuses what is none. */
function toolName(name: string): string {
  return name.replace(/[^\w-]/g, "_").slice(0, 64) || "unnamed";
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [change(key), mapTexts(item, change)]),
  );
}

function toReply(message: AIMessage, step: number): ModelReply {
  const { thoughts, text } = splitThoughts(message.text);
  const reasoning = message.additional_kwargs["reasoning_content"];
  const calls = [
    ...(message.tool_calls ?? []).map((call) => ({ tool: call.name, args: call.args })),
    ...(message.invalid_tool_calls ?? []).map((call) => ({
      tool: call.name ?? "",
      args: {},
      problem: "the arguments are not valid JSON",
    })),
  ];
  return {
    text: calls.length > 0 && (message.invalid_tool_calls?.length ?? 0) > 0 ? "" : text,
    thoughts: typeof reasoning === "string" && reasoning.trim() ? [reasoning.trim(), ...thoughts] : thoughts,
    calls: bounded(calls).map((call, index) => ({ id: `${step}.${index + 1}`, ...call })),
    usage: usageOf(message),
  };
}

/** The first that is too many says so for all of them. */
function bounded(calls: Omit<ToolRequest, "id">[]): Omit<ToolRequest, "id">[] {
  const first = calls[MAX_CALLS];
  if (!first) return calls;
  const problem = `one reply has at most ${MAX_CALLS} calls; ${calls.length - MAX_CALLS} calls were not run`;
  return [...calls.slice(0, MAX_CALLS), { tool: first.tool, args: {}, problem }];
}

/** `<think>` blocks of open models are thoughts; one that is never closed reaches to the end. */
export function splitThoughts(content: string): { thoughts: string[]; text: string } {
  const thoughts: string[] = [];
  const text = content.replace(/<think>([\s\S]*?)(?:<\/think>|$)/g, (_, thought: string) => {
    if (thought.trim()) thoughts.push(thought.trim());
    return "";
  });
  return { thoughts, text: text.trim() };
}

function usageOf({ usage_metadata: usage }: AIMessage): Usage {
  return {
    prompt: usage?.input_tokens ?? 0,
    cached: usage?.input_token_details?.cache_read ?? 0,
    completion: usage?.output_tokens ?? 0,
    reasoning: usage?.output_token_details?.reasoning ?? 0,
  };
}
