import { expect, test } from "vitest";
import { refusalIn } from "./endpoint-error.ts";
import { rateIn } from "./rate-headers.ts";

/**
 * As they were seen: https://community.openai.com/t/how-to-get-rate-limit-reset-time-for-response-api/1268905,
 * https://rdrr.io/cran/tidyllm/src/tests/testthat/claude/api.anthropic.com/v1/messages-e050b5-POST.R.
 */
test.each([
  [
    "OpenAI",
    {
      ...{ "x-ratelimit-limit-requests": "500", "x-ratelimit-remaining-requests": "499" },
      ...{ "x-ratelimit-limit-tokens": "60000", "x-ratelimit-remaining-tokens": "59984" },
    },
    { requests: { limit: 500, remaining: 499 }, tokens: { limit: 60_000, remaining: 59_984 } },
  ],
  [
    "Anthropic",
    {
      ...{ "anthropic-ratelimit-requests-limit": "50", "anthropic-ratelimit-requests-remaining": "0" },
      ...{ "anthropic-ratelimit-tokens-limit": "30000", "anthropic-ratelimit-tokens-remaining": "1000" },
    },
    { requests: { limit: 50, remaining: 0 }, tokens: { limit: 30_000, remaining: 1_000 } },
  ],
  [
    "the IETF's draft",
    { "ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "50" },
    { requests: { limit: 100, remaining: 50 }, tokens: undefined },
  ],
  [
    "the IETF's draft, for ten seconds",
    { "ratelimit-limit": "10, 10;w=10", "ratelimit-remaining": "5" },
    { requests: { limit: 60, remaining: 30 }, tokens: undefined },
  ],
  [
    "a server that tells no rest",
    { "x-ratelimit-limit": "60" },
    { requests: { limit: 60, remaining: 60 }, tokens: undefined },
  ],
])("limits are read by the names of %s (R53)", (_, headers, rate) => {
  expect(rateIn(headers)).toEqual(rate);
});

test.each(["", "many", "-5", "1e3", "0", "9".repeat(12), ["1", "2"]])("%j is no limit", (value) => {
  expect(rateIn({ "x-ratelimit-limit-tokens": value })).toBeUndefined();
});

test("a refusal tells the limits as well, and what is left is no more than all", () => {
  const headers = { "x-ratelimit-limit-tokens": "100", "x-ratelimit-remaining-tokens": "900" };
  const { failure } = refusalIn({ status: 429, headers, text: "{}" });
  expect(failure.rate).toEqual({ requests: undefined, tokens: { limit: 100, remaining: 100 } });
});
