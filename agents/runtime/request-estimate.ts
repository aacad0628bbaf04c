/** What a request will cost: at most, for a budget; probably, for a provider's limit. It learns from what servers count. */
import type { Want } from "../protocol/budget.ts";
import { costOf, type Price } from "../protocol/prices.ts";
import { NO_TOKENS, type Usage } from "../protocol/spending.ts";
import type { RequestSize } from "./model/gate.ts";

/** Four characters a token is too few for some texts and tokenizers: before a server has counted, and above what it has. */
const FIRST_MARGIN = 1.5;
const MARGIN = 1.1;
/** What no tokenizer explains is not learned. */
const MAX_MARGIN = 8;
const FIRST_REPLY = 500;
/** How much the newest reply counts in the mean. */
const NEWEST = 0.2;

export class RequestEstimate {
  /** Of the prompt, from the estimate to what a server may count. */
  #most = FIRST_MARGIN;
  #mean = { prompt: 1, reply: FIRST_REPLY };

  /** `price` undefined: unknown. */
  atMost({ promptTokens, outputTokens }: RequestSize, price: Price | undefined): Want {
    const prompt = Math.ceil(promptTokens * this.#most);
    const tokens = prompt + outputTokens;
    if (!price) return { tokens };
    const input = Math.max(price.input, price.cacheWrite ?? 0);
    const dollars = costOf({ ...NO_TOKENS, prompt, completion: outputTokens }, { ...price, input });
    return { tokens, dollars };
  }

  probably({ promptTokens, outputTokens }: RequestSize): number {
    return Math.ceil(promptTokens * this.#mean.prompt + Math.min(this.#mean.reply, outputTokens));
  }

  learn({ promptTokens }: RequestSize, { prompt, completion, isEstimate }: Usage): void {
    if (isEstimate || promptTokens === 0) return;
    const found = prompt / promptTokens;
    this.#most = Math.max(this.#most, Math.min(found * MARGIN, MAX_MARGIN));
    const { prompt: before, reply } = this.#mean;
    this.#mean = {
      prompt: before + (Math.min(found, MAX_MARGIN) - before) * NEWEST,
      reply: reply + (completion - reply) * NEWEST,
    };
  }
}
