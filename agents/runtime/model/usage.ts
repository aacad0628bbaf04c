/** What a reply cost, by the names that servers have for it; unknown is 0. */
import type { Usage } from "../events.ts";
import { objectOf } from "./json-shape.ts";
import type { Fields } from "./spoken.ts";

export function usageOf(value: unknown): Usage {
  const usage = objectOf(value) ?? {};
  const input = objectOf(usage["prompt_tokens_details"] ?? usage["input_tokens_details"]) ?? {};
  const output = objectOf(usage["completion_tokens_details"] ?? usage["output_tokens_details"]) ?? {};
  return {
    prompt: count(usage, "prompt_tokens", "input_tokens"),
    cached:
      count(input, "cached_tokens", "cache_read") || count(usage, "prompt_cache_hit_tokens", "cached_tokens"),
    completion: count(usage, "completion_tokens", "output_tokens"),
    reasoning: count(output, "reasoning_tokens", "reasoning"),
  };
}

function count(fields: Fields, ...names: readonly [string, string]): number {
  const [value] = names.map((name) => fields[name]).filter((one) => typeof one === "number");
  return typeof value === "number" && value > 0 ? value : 0;
}
