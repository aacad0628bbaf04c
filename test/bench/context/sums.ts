/** What the prompts of a policy come to, and what they cost. Pure. */
import type { Metered } from "./prefix-cache.ts";

/** Dollars for a million tokens of gpt-5-mini: input, input out of the cache, output (prices.json has the source). */
const PRICE = { input: 0.25, cached: 0.025, output: 2 };

export type PolicySums = {
  steps: number;
  tokens: number;
  cached: number;
  largest: number;
  withoutMission: number;
};
export type Sums = {
  ours: PolicySums;
  original: PolicySums;
  outputTokens: number;
  evictions: number;
  begunAnew: number;
};

const policy = (): PolicySums => ({ steps: 0, tokens: 0, cached: 0, largest: 0, withoutMission: 0 });

export function noSums(): Sums {
  return { ours: policy(), original: policy(), outputTokens: 0, evictions: 0, begunAnew: 0 };
}

export function count(sums: PolicySums, { tokens, cached }: Metered, hasMission: boolean): void {
  sums.steps += 1;
  sums.tokens += tokens;
  sums.cached += cached;
  sums.largest = Math.max(sums.largest, tokens);
  if (!hasMission) sums.withoutMission += 1;
}

export function inputDollars({ tokens, cached }: PolicySums): number {
  return ((tokens - cached) * PRICE.input + cached * PRICE.cached) / 1e6;
}

export function outputDollars({ outputTokens }: Sums): number {
  return (outputTokens * PRICE.output) / 1e6;
}
