/**
 * The model behind one interface: any OpenAI-compatible server, through LangChain's ChatOpenAI and bindTools. What goes
 * over the wire is in model/: LangChain would decide by the name of a model what only its server knows. Retries are in
 * retries.ts and nowhere else.
 */
import { setImmediate as nextRound } from "node:timers/promises";
import {
  AIMessage,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import { ChatOpenAI, ChatOpenAICompletions } from "@langchain/openai";
import type { Redactor } from "../redact/redact.ts";
import { escapeForgedTurns } from "./escape-forged-turns.ts";
import type { EndpointError } from "./model/endpoint-error.ts";
import type { Api, Effort, ModelMessage, ModelReply, ToolDefinition } from "./model/exchange.ts";
import { fateOf } from "./model/fate.ts";
import type { Gate } from "./model/gate.ts";
import type { BoundTool } from "./model/request-body.ts";
import { type Answered, Server } from "./model/server.ts";
import { shortened } from "./model/shorten.ts";
import type { Spoken } from "./model/spoken.ts";
import { takeReply } from "./model/take-reply.ts";
import { type RetryOptions, withRetries } from "./retries.ts";

export type { ModelMessage, ModelReply, ToolDefinition, ToolRequest } from "./model/exchange.ts";

/** Of a reply with all that is around it: some hundred thousand tokens. Longer is no reply, and is not looked at. */
export const MAX_REPLY_BYTES = 1_000_000;
/** Made ready for the endpoint before other events are heard: a few milliseconds. */
const MAX_CHARS_IN_ONE_GO = 100_000;

export type AskOptions = Omit<RetryOptions, "redactor"> & { step: number; gate?: Gate | undefined };

export interface Model {
  /** One model call. AppError `unavailable` when it cannot be had, `bad_config` when the endpoint refuses. */
  ask(messages: readonly ModelMessage[], options: AskOptions): Promise<ModelReply>;
}

export type ModelOptions = {
  baseUrl: string;
  apiKey: string | undefined;
  model: string;
  /** Unset: chat/completions, and the other one where that refuses tools. */
  api?: Api | undefined;
  /** Sent as it is when set. */
  reasoningEffort: Effort | undefined;
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
  const { tools, redactor, baseUrl } = options;
  const server = new Server({ ...options, maxBytes: MAX_REPLY_BYTES });
  const bound = bindTools(options, server);
  const converted = new WeakMap<ModelMessage, BaseMessage>();
  const convertAll = async (messages: readonly ModelMessage[]) => {
    const all: BaseMessage[] = [];
    let charsInOneGo = 0;
    for (const message of messages) {
      const known = converted.get(message);
      if (!known) charsInOneGo += ("content" in message ? message.content : message.text).length;
      if (charsInOneGo > MAX_CHARS_IN_ONE_GO) {
        await nextRound(); // a history may be long: STOP is heard in between
        charsInOneGo = 0;
      }
      const base = known ?? toLangChain(message);
      converted.set(message, base);
      all.push(base);
    }
    return all;
  };
  const shorten = (messages: readonly ModelMessage[]) => {
    const changed = shortened(messages.filter((message) => !wasShortened.has(message)));
    for (const [message, shorter] of changed) {
      converted.set(message, toLangChain(shorter));
      wasShortened.add(message);
    }
    return changed.size > 0 ? "with the oldest results shortened" : undefined;
  };
  const wasShortened = new WeakSet<ModelMessage>();
  return {
    async ask(messages, { step, gate, ...ask }) {
      const attempt = async () => {
        const how = { signal: ask.signal, gate } as object;
        const message = await bound.invoke(await convertAll(messages), how);
        const { said, usage, maxOutputTokens } = message.additional_kwargs[ANSWER] as Answered;
        return takeReply(said, { step, redactor, tools, usage, maxOutputTokens });
      };
      const mend = (error: EndpointError) =>
        server.mend(error) ?? (fateOf(error.failure) === "overflow" ? shorten(messages) : undefined);
      const endeavour = { attempt, mend, backoffMs: options.backoffMs ?? 1_000, baseUrl };
      return await withRetries({ ...ask, redactor }, endeavour);
    },
  };
}

/** Where LangChain's message holds what the server said. */
const [ANSWER, CARRY] = ["answer", "carry"] as const;

function bindTools(options: ModelOptions, server: Server) {
  const fields = { model: options.model, apiKey: options.apiKey ?? "none", maxRetries: 0 };
  const wire = new Wire(fields, server);
  // in both places, so that the name of the model decides nothing
  const chat = new ChatOpenAI({ ...fields, completions: wire, responses: wire as never });
  return chat.bindTools(
    options.tools.map(({ name, description, parameters }) => ({
      type: "function" as const,
      function: { name, description, parameters },
    })),
  );
}

/** ChatOpenAI's way to the server: LangChain's messages in, one out, and between them the server's dialect. */
class Wire extends ChatOpenAICompletions {
  readonly #server: Server;
  readonly #spoken = new WeakMap<BaseMessage, Spoken>();

  constructor(fields: ConstructorParameters<typeof ChatOpenAICompletions>[0], server: Server) {
    super(fields);
    this.#server = server;
  }

  override async _generate(messages: BaseMessage[], options: this["ParsedCallOptions"]): Promise<ChatResult> {
    const { tools = [], gate } = options as { tools?: BoundTool[]; gate?: Gate };
    const signal = options.signal ?? new AbortController().signal;
    const spoken = messages.map((message) => this.#speak(message));
    const answer = await this.#server.ask({ spoken, tools, signal, gate });
    const { text } = answer.said;
    const message = new AIMessage({ content: text, additional_kwargs: { [ANSWER]: answer } });
    return { generations: [{ text, message }] };
  }

  #speak(message: BaseMessage): Spoken {
    const known = this.#spoken.get(message) ?? speak(message);
    this.#spoken.set(message, known);
    return known;
  }
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
        additional_kwargs: { [CARRY]: message },
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

function speak(message: BaseMessage): Spoken {
  const content = message.text;
  if (ToolMessage.isInstance(message))
    return { role: "tool", id: message.tool_call_id, name: message.name ?? "", content };
  if (!AIMessage.isInstance(message)) return { role: message.type === "system" ? "system" : "user", content };
  const { calls, carry } = message.additional_kwargs[CARRY] as ModelMessage & { role: "assistant" };
  return {
    role: "assistant",
    content,
    ...(carry && { carry }),
    calls: (message.tool_calls ?? []).map(({ id = "", name, args }, index) => ({
      ...{ id, name, args: JSON.stringify(args) },
      ...(calls[index]?.serverId && { serverId: calls[index].serverId }),
      ...(calls[index]?.carry && { carry: calls[index].carry }),
    })),
  };
}
