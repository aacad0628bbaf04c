/**
 * What a provider's cache of prompts would have: the longest beginning that a prompt shares with one of the last, of at
 * least 1,024 tokens, in blocks of 128, for five minutes after its last use (OpenAI's guide on prompt caching). One cache
 * a role, as `prompt_cache_key` asks for. Tokens are estimated at four characters.
 */
const CHARS_A_TOKEN = 4;
const MIN_TOKENS = 1_024;
const BLOCK_TOKENS = 128;
const LIFE_S = 300;
const KEPT = 4;

export type Metered = { tokens: number; cached: number };

export class PrefixCache {
  #prompts: { text: string; usedAt: number }[] = [];

  /** `at`: seconds. */
  meter(text: string, at: number): Metered {
    const alive = this.#prompts.filter(({ usedAt }) => at - usedAt <= LIFE_S);
    const shared = Math.max(0, ...alive.map((prompt) => sharedChars(prompt.text, text)));
    this.#prompts = [...alive, { text, usedAt: at }].slice(-KEPT);
    const blocks = Math.floor(shared / CHARS_A_TOKEN / BLOCK_TOKENS) * BLOCK_TOKENS;
    return { tokens: Math.ceil(text.length / CHARS_A_TOKEN), cached: blocks < MIN_TOKENS ? 0 : blocks };
  }
}

function sharedChars(a: string, b: string): number {
  let at = 0;
  const end = Math.min(a.length, b.length);
  while (at + 1_024 <= end && a.slice(at, at + 1_024) === b.slice(at, at + 1_024)) at += 1_024;
  while (at < end && a[at] === b[at]) at++;
  return at;
}
