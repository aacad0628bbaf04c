import { expect, test } from "vitest";
import { NO_TOKENS } from "../../protocol/spending.ts";
import { usageOf, writtenTokens } from "./usage.ts";

const details = {
  prompt_tokens_details: { cached_tokens: 64 },
  completion_tokens_details: { reasoning_tokens: 4 },
};

test.each([
  [
    "OpenAI, chat",
    { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110, ...details },
    { prompt: 100, cached: 64, completion: 10, reasoning: 4 },
  ],
  [
    "OpenAI, responses",
    {
      ...{ input_tokens: 100, output_tokens: 10, total_tokens: 110 },
      ...{ input_tokens_details: { cached_tokens: 64 }, output_tokens_details: { reasoning_tokens: 4 } },
    },
    { prompt: 100, cached: 64, completion: 10, reasoning: 4 },
  ],
  [
    "DeepSeek",
    { prompt_tokens: 9, completion_tokens: 2, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 5 },
    { prompt: 9, cached: 4, completion: 2 },
  ],
  [
    "a gateway to Claude",
    { prompt_tokens: 90, completion_tokens: 2, cache_creation_input_tokens: 30, cache_read_input_tokens: 40 },
    { prompt: 90, cached: 40, cacheWrite: 30, completion: 2 },
  ],
  [
    "Claude's own names, where the prompt is what was not cached",
    { input_tokens: 20, output_tokens: 2, cache_creation_input_tokens: 30, cache_read_input_tokens: 40 },
    { prompt: 90, cached: 40, cacheWrite: 30, completion: 2 },
  ],
  [
    "OpenRouter, with what it has written to the cache",
    {
      prompt_tokens: 50,
      completion_tokens: 2,
      prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 20 },
    },
    { prompt: 50, cached: 10, cacheWrite: 20, completion: 2 },
  ],
  [
    "who counts what was kept apart",
    { prompt_tokens: 21, prompt_tokens_details: { cached_tokens: 230 } },
    { prompt: 251, cached: 230 },
  ],
  [
    "who counts thoughts beside the reply, as the total tells",
    {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 18,
      completion_tokens_details: { reasoning_tokens: 3 },
    },
    { prompt: 10, completion: 8, reasoning: 3 },
  ],
  [
    "who counts more thoughts than words",
    { prompt_tokens: 10, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 30 } },
    { prompt: 10, completion: 35, reasoning: 30 },
  ],
  ["null for all", { prompt_tokens: null, completion_tokens: null, total_tokens: null }, {}],
  ["nothing", undefined, {}],
])("usage is read by the names of %s (R53)", (_, given, expected) => {
  expect(usageOf(given)).toEqual({ ...NO_TOKENS, ...expected });
});

test("what is no count is none, and no part is more than its whole (R53)", () => {
  for (const bad of [-5, Number.NaN, Number.POSITIVE_INFINITY, 1e300, "7", {}, [], true, 0.4])
    expect(usageOf({ prompt_tokens: bad, completion_tokens: bad })).toEqual(NO_TOKENS);
  expect(usageOf({ prompt_tokens: 10.9, completion_tokens: 1 }).prompt).toBe(10);
  expect(usageOf({ prompt_tokens: 10, cache_creation_input_tokens: 50 })).toMatchObject({ cacheWrite: 10 });
  for (const usage of ["x", 7, [], null]) expect(usageOf(usage)).toEqual(NO_TOKENS);
});

test("thoughts that are counted beside the reply do not count towards its limit", () => {
  const usage = {
    prompt_tokens: 10,
    completion_tokens: 5,
    completion_tokens_details: { reasoning_tokens: 30 },
  };
  expect(writtenTokens(usage)).toBe(5);
});
