/** How many tokens a prompt may have: by the settings, and by what the model can read. */
import type { Config } from "../base/config.ts";
import type { TokenBudget } from "./thread-unit.ts";

/** Of the model's context: what estimates may be wrong by, and what its reply needs at least. */
const SHARE = { prompt: 0.7, low: 0.3 };

export function contextBudget({
  CONTEXT_TOKENS,
  CONTEXT_LOW_TOKENS,
  LLM_CONTEXT_TOKENS,
}: Pick<Config, "CONTEXT_TOKENS" | "CONTEXT_LOW_TOKENS" | "LLM_CONTEXT_TOKENS">): TokenBudget {
  const fitting = LLM_CONTEXT_TOKENS === undefined ? CONTEXT_TOKENS : LLM_CONTEXT_TOKENS * SHARE.prompt;
  const high = Math.floor(Math.min(CONTEXT_TOKENS, fitting));
  const low = high < CONTEXT_TOKENS ? Math.min(CONTEXT_LOW_TOKENS, high * SHARE.low) : CONTEXT_LOW_TOKENS;
  return { high, low: Math.floor(Math.min(low, high / 2)) };
}
