/**
 * The model behind one interface: any OpenAI-compatible endpoint through ChatOpenAI.bindTools. Retries are
 * in retries.ts and nowhere else. What the model sends is untrusted: malformed calls become calls with a `problem`.
 */

import { setImmediate as nextRound } from "node:timers/promises";
import {
  AIMessage,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import type { Redactor } from "../redact/redact.ts";
import { fromRedactedParts, type Redacted, type RedactedJson, redacted } from "../redact/redacted.ts";
import { redactJson, Sealed } from "../redact/redacted-json.ts";
import { boundedFetch } from "./bounded-fetch.ts";
import { escapeForgedTurns } from "./escape-forged-turns.ts";
import type { Usage } from "./events.ts";
import { type RetryOptions, withRetries } from "./retries.ts";

/** Of a reply with all that is around it: some hundred thousand tokens. Longer is no reply, and is not looked at. */
export const MAX_REPLY_BYTES = 1_000_000;
/** Calls of one reply that are run; who asks for more has lost the thread. */
const MAX_CALLS = 32;

export type ToolRequest = {
  /** Ours, not the provider's: `<step>.<number>`, so that it is unique and the same after a resume. */
  id: `${number}.${number}`;
  tool: Redacted;
  args: RedactedJson;
  /** The arguments as the model gave them, when they held a secret: for the tool alone. */
  sealedArgs?: Sealed;
  /** Why the arguments could not be read. */
  problem?: Redacted;
};

export type ModelReply = { text: Redacted; thoughts: Redacted[]; calls: ToolRequest[]; usage: Usage };

export type ModelMessage =
  | { role: "system" | "user"; content: Redacted }
  | { role: "assistant"; text: Redacted; calls: ToolRequest[] }
  | { role: "tool"; callId: string; tool: Redacted; content: Redacted };

export type ToolDefinition = {
  name: string;
  description: string;
  parameters: Readonly<Record<string, unknown>>;
};

export type AskOptions = Omit<RetryOptions, "redactor"> & { step: number };

export interface Model {
  /** One model call. AppError `unavailable` when it cannot be had, `bad_config` when the endpoint refuses. */
  ask(messages: readonly ModelMessage[], options: AskOptions): Promise<ModelReply>;
}

export type ModelOptions = {
  baseUrl: string;
  apiKey: string | undefined;
  model: string;
  reasoningEffort: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | undefined;
  maxOutputTokens: number;
  timeoutMs: number;
  /** Keeps the provider's prompt cache of one role together. */
  cacheKey: string;
  tools: readonly ToolDefinition[];
  /** For what the model says, which enters here. */
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
    configuration: { baseURL: options.baseUrl, fetch: boundedFetch(MAX_REPLY_BYTES) },
  } as ConstructorParameters<typeof ChatOpenAI>[0]);
  const bound = chat.bindTools(
    options.tools.map((tool) => ({ type: "function" as const, function: { ...tool } })),
  );
  const { redactor } = options;
  const converted = new WeakMap<ModelMessage, BaseMessage>();
  const convert = (message: ModelMessage) => {
    const known = converted.get(message) ?? toLangChain(message);
    converted.set(message, known);
    return known;
  };
  const convertAll = async (messages: readonly ModelMessage[]) => {
    const all: BaseMessage[] = [];
    for (const message of messages) {
      if (!converted.has(message)) await nextRound(); // a history may be long: STOP is heard in between
      all.push(convert(message));
    }
    return all;
  };
  return {
    ask: (messages, ask) =>
      withRetries({ ...ask, redactor }, options.backoffMs ?? 1_000, async () =>
        toReply(await bound.invoke(await convertAll(messages), { signal: ask.signal }), ask.step, redactor),
      ),
  };
}

function toLangChain(message: ModelMessage): BaseMessage {
  switch (message.role) {
    case "system":
      return new SystemMessage(message.content);
    case "user":
      return new HumanMessage(escapeForgedTurns(message.content));
    case "assistant":
      return new AIMessage({
        content: escapeForgedTurns(message.text),
        tool_calls: message.calls.map(({ id, tool, args }) => ({
          id,
          name: toolName(escapeForgedTurns(tool)),
          args: (args ?? {}) as Record<string, unknown>,
          type: "tool_call" as const,
        })),
      });
    case "tool":
      return new ToolMessage({
        content: escapeForgedTurns(message.content),
        tool_call_id: message.callId,
        name: toolName(escapeForgedTurns(message.tool)),
      });
    default:
      return message satisfies never;
  }
}

/** Models invent names, and an endpoint refuses what is none. */
function toolName(name: string): string {
  return name.replace(/[^\w-]/g, "_").slice(0, 64) || "unnamed";
}

/** What the model says enters here. */
function toReply(message: AIMessage, step: number, redactor: Redactor): ModelReply {
  const { thoughts, text } = splitThoughts(redactor(message.text));
  const reasoning = message.additional_kwargs["reasoning_content"];
  const calls = [
    ...(message.tool_calls ?? []).map((call) => toRequest(call, redactor)),
    ...(message.invalid_tool_calls ?? []).map((call) => ({
      tool: redactor(call.name ?? ""),
      args: {},
      problem: redacted`the arguments are not valid JSON`,
    })),
  ];
  return {
    text: calls.length > 0 && (message.invalid_tool_calls?.length ?? 0) > 0 ? redacted`` : text,
    thoughts:
      typeof reasoning === "string" && reasoning.trim()
        ? [redactor(reasoning.trim()), ...thoughts]
        : thoughts,
    calls: bounded(calls).map((call, index) => ({ id: `${step}.${index + 1}`, ...call })),
    usage: usageOf(message),
  };
}

function toRequest(call: { name: string; args: unknown }, redactor: Redactor): Omit<ToolRequest, "id"> {
  const { value, hadSecret } = redactJson(redactor, call.args);
  const sealed = hadSecret && { sealedArgs: new Sealed(call.args) };
  return { tool: redactor(call.name), args: value, ...sealed };
}

/** The first that is too many says so for all of them. */
function bounded(calls: Omit<ToolRequest, "id">[]): Omit<ToolRequest, "id">[] {
  const first = calls[MAX_CALLS];
  if (!first) return calls;
  const problem = redacted`one reply has at most ${MAX_CALLS} calls; ${calls.length - MAX_CALLS} calls were not run`;
  return [...calls.slice(0, MAX_CALLS), { tool: first.tool, args: {}, problem }];
}

/** `<think>` blocks of open models are thoughts; one that is never closed reaches to the end. */
export function splitThoughts(content: Redacted): { thoughts: Redacted[]; text: Redacted } {
  const thoughts: Redacted[] = [];
  const text = content.replace(/<think>([\s\S]*?)(?:<\/think>|$)/g, (_, thought: string) => {
    if (thought.trim()) thoughts.push(fromRedactedParts(thought.trim()));
    return "";
  });
  return { thoughts, text: fromRedactedParts(text.trim()) };
}

function usageOf({ usage_metadata: usage }: AIMessage): Usage {
  return {
    prompt: usage?.input_tokens ?? 0,
    cached: usage?.input_token_details?.cache_read ?? 0,
    completion: usage?.output_tokens ?? 0,
    reasoning: usage?.output_token_details?.reasoning ?? 0,
  };
}
