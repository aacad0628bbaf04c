/**
 * What one server takes, as far as it is known: a careful guess by its address, then what it refused. Never by the
 * name of a model, which says nothing about who serves it.
 */
import type { Api, Effort } from "./exchange.ts";

export type Dialect = {
  api: Api;
  /** Whether the other API is tried when this one refuses tools with reasoning. */
  mayChangeApi: boolean;
  tokenLimit: "max_tokens" | "max_completion_tokens";
  maxOutputTokens: number;
  /** Tokens of prompt and reply together, once the server has said it. */
  contextTokens: number | undefined;
  effort: Effort | undefined;
  /** `short`: nine letters or digits, which all take; `own`: as the server gave them. */
  ids: "short" | "own";
  /** Parameters, and fields of messages, that this server does not take. */
  leaveOut: ReadonlySet<string>;
  system: "message" | "user";
  emptyContent: "string" | "absent";
  /** Some want a thought with each reply that has calls. */
  fillReasoning: boolean;
  schemas: "plain" | "bare";
};

export type DialectOptions = {
  baseUrl: string;
  api?: Api | undefined;
  reasoningEffort: Effort | undefined;
  maxOutputTokens: number;
};

const OF_OPENAI = /^api\.openai\.com$|\.openai\.azure\.com$|\.cognitiveservices\.azure\.com$/;

export function firstDialect(options: DialectOptions): Dialect {
  const { hostname } = new URL(options.baseUrl);
  const isOpenAi = OF_OPENAI.test(hostname);
  return {
    api: options.api ?? "chat",
    mayChangeApi: options.api === undefined,
    tokenLimit: isOpenAi ? "max_completion_tokens" : "max_tokens",
    maxOutputTokens: options.maxOutputTokens,
    contextTokens: undefined,
    effort: options.reasoningEffort,
    ids: "short",
    leaveOut: new Set(hostname === "api.openai.com" ? [] : ["prompt_cache_key"]),
    system: "message",
    emptyContent: "string",
    fillReasoning: false,
    schemas: "plain",
  };
}
