/**
 * What a reply cost, by the names that servers have for it. A server can write anything there: what comes out are whole
 * numbers, bounded, each part no larger than its whole.
 */
import type { Tokens, Usage } from "../../protocol/spending.ts";
import { objectOf } from "./json-shape.ts";
import type { Fields } from "./spoken.ts";

/** No reply has so many; what is above it is no count. */
const MAX_COUNT = 100_000_000;
const CHARS_A_TOKEN = 4;

/** 0 is unknown. */
export function usageOf(value: unknown): Tokens {
  const usage = objectOf(value) ?? {};
  const input = objectOf(usage["prompt_tokens_details"] ?? usage["input_tokens_details"]) ?? {};
  const output = objectOf(usage["completion_tokens_details"] ?? usage["output_tokens_details"]) ?? {};
  const cached =
    count(input, "cached_tokens", "cache_read") ||
    count(usage, "prompt_cache_hit_tokens", "cached_tokens", "cache_read_input_tokens");
  const cacheWrite =
    count(input, "cache_write_tokens", "cache_creation_tokens") ||
    count(usage, "cache_creation_input_tokens");
  const reasoning = count(output, "reasoning_tokens", "reasoning") || count(usage, "reasoning_tokens");
  const prompt = wholePrompt(usage, { cached, cacheWrite });
  return {
    prompt,
    cached: Math.min(cached, prompt),
    cacheWrite: Math.min(cacheWrite, prompt - Math.min(cached, prompt)),
    ...wholeCompletion(usage, reasoning),
  };
}

/** Tokens that the server says it has written of the reply itself: what its limit is about. */
export function writtenTokens(value: unknown): number {
  return count(objectOf(value) ?? {}, "completion_tokens", "output_tokens");
}

/** Where the server did not count, four characters are a token; such a usage says that it is an estimate. */
export function orEstimate(counted: Tokens, sentTokens: number, receivedChars: number): Usage {
  const needsPrompt = counted.prompt === 0 && sentTokens > 0;
  const needsCompletion = counted.completion === 0 && receivedChars > 0;
  if (!needsPrompt && !needsCompletion) return counted;
  return {
    ...counted,
    ...(needsPrompt && { prompt: sentTokens }),
    ...(needsCompletion && { completion: Math.ceil(receivedChars / CHARS_A_TOKEN) }),
    isEstimate: true,
  };
}

/** Some count what they had kept, or keep from now on, beside the prompt: Anthropic's names, and whoever kept more than it read. */
function wholePrompt(usage: Fields, { cached, cacheWrite }: Pick<Tokens, "cached" | "cacheWrite">): number {
  const prompt = count(usage, "prompt_tokens", "input_tokens");
  const isBeside = usage["prompt_tokens"] === undefined && "cache_read_input_tokens" in usage;
  return isBeside || cached > prompt ? prompt + cached + cacheWrite : prompt;
}

/** Some count thoughts beside the reply: the total tells it, or a part that is more than the whole. */
function wholeCompletion(usage: Fields, reasoning: number): Pick<Tokens, "completion" | "reasoning"> {
  const written = writtenTokens(usage);
  const total = count(usage, "total_tokens");
  const prompt = count(usage, "prompt_tokens", "input_tokens");
  const isBeside = reasoning > written || (reasoning > 0 && total === prompt + written + reasoning);
  return { completion: isBeside ? written + reasoning : written, reasoning };
}

/** The first of the names that holds a number. */
function count(fields: Fields, ...names: readonly string[]): number {
  const value = names.map((name) => fields[name]).find((one) => typeof one === "number");
  return typeof value === "number" && value > 0 && value <= MAX_COUNT ? Math.floor(value) : 0;
}
