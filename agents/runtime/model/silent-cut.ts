/**
 * Finds out a server that drops the beginning of a prompt without a word (Ollama does at `num_ctx`): it has counted a
 * round number of tokens, and counts no more when more is sent.
 */
import { AppError } from "../../base/errors.ts";
import type { Tokens } from "../../protocol/spending.ts";

/** Below this nobody cuts; a count of tokens is otherwise seldom such a number. */
const SMALLEST = 1_024;
/** A hundred words that no server can count as nothing. */
export const PROBE = `\n\n(${"This line only measures how much is read. ".repeat(12)})`;

/** What no text and no tokenizer explains. */
const FAR_BELOW = 3;
/** Of the tokens that a probe has, those that a server counts at least. */
const COUNTED_TOKENS = 50;

/**
 * Whether it is worth a second request to be sure. `sentTokens` is the estimate of what was sent. A server that `counts` in
 * its own way, as a probe has shown, is suspected for round numbers alone.
 */
export function looksCut({ prompt }: Tokens, sentTokens: number, counts: boolean): boolean {
  if (prompt < SMALLEST) return false;
  const isRound = prompt % 256 === 0 || prompt % 1_000 === 0;
  return sentTokens > prompt && (isRound || (!counts && sentTokens > FAR_BELOW * prompt));
}

/** After the same was asked again with a probe in it. */
export function wasCut(first: Tokens, probed: Tokens): boolean {
  return probed.prompt < first.prompt + COUNTED_TOKENS;
}

export function silentCut({ prompt }: Tokens, promptTokens: number): AppError {
  const text = `the model server read only ${prompt} of about ${promptTokens} tokens of the prompt and said nothing: its context is too small. Raise it (Ollama: OLLAMA_CONTEXT_LENGTH or num_ctx; llama.cpp: -c; LM Studio: context length) to 32768 or more`;
  return new AppError("bad_config", text);
}
