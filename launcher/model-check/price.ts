/** What a check of a model costs: tokens, and money where the endpoint tells its price. */
import { isIP } from "node:net";
import { z } from "zod";
import type { Config } from "../../agents/base/config.ts";
import { parseJson } from "../../agents/protocol/message.ts";
import { costOf, MILLION, type Price, type Prices, priceOf } from "../../agents/protocol/prices.ts";
import { NO_TOKENS } from "../../agents/protocol/spending.ts";
import { getLoaded, isLoading } from "../../agents/runtime/model/loading.ts";

const amount = z.coerce.number().nonnegative();
/** As OpenRouter and its likes tell it: dollars a token. */
const models = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string(),
      pricing: z.looseObject({ prompt: amount, completion: amount }).optional(),
    }),
  ),
});

export type Listing = {
  /** Names that the endpoint lists; undefined when it lists none. */
  names: string[] | undefined;
  /** It was waited for in vain. */
  isLoading?: boolean;
  /** In dollars a million tokens, as `by` tells it. */
  price: (Price & { by: string }) | undefined;
  isLocal: boolean;
};

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 5_000_000;

/** What the endpoint tells comes before what `prices` have. Never rejects but when `signal` aborts: an endpoint that lists nothing may answer all the same. */
export async function readListing(config: Config, prices: Prices, signal: AbortSignal): Promise<Listing> {
  const { OPENAI_API_BASE: base, OPENAI_API_KEY: key } = config;
  const known = knownPrice(config, prices);
  const isLocal = isPrivate(new URL(base).hostname);
  try {
    const options = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, signal };
    const answer = await getLoaded({ baseUrl: base, apiKey: key }, "/models", options);
    const parsed = models.safeParse(parseJson(answer.text));
    const found = parsed.data?.data.find(({ id }) => id === config.LLM_MODEL);
    return {
      names: parsed.data?.data.map(({ id }) => id),
      price: toldPrice(found?.pricing) ?? known,
      isLocal,
      isLoading: isLoading(answer),
    };
  } catch {
    signal.throwIfAborted();
    return { names: undefined, price: known, isLocal };
  }
}

export type Estimate = { questions: number; tokensIn: number; tokensOut: number };

export function describeCost(
  { questions, tokensIn, tokensOut }: Estimate,
  { price, isLocal }: Listing,
): string {
  const tokens = `${questions} questions, about ${thousands(tokensIn)} tokens in and ${thousands(tokensOut)} out`;
  if (price) {
    const dollars = costOf({ ...NO_TOKENS, prompt: tokensIn, completion: tokensOut }, price);
    return `${tokens}: about $${dollars.toFixed(3)} by ${price.by}`;
  }
  return `${tokens}; ${isLocal ? "no price: it is a server of your own network" : "its price is not known: neither the endpoint nor prices.json tells it; PRICES_FILE may"}`;
}

/** The endpoint's, which is for one token. */
function toldPrice(told: { prompt: number; completion: number } | undefined): Listing["price"] {
  if (told === undefined) return undefined;
  const { prompt, completion } = told;
  return { input: prompt * MILLION, output: completion * MILLION, by: "the endpoint's price" };
}

function knownPrice({ LLM_MODEL, OPENAI_API_BASE }: Config, prices: Prices): Listing["price"] {
  const row = priceOf(prices, { model: LLM_MODEL, server: new URL(OPENAI_API_BASE).host });
  return row && { ...row, by: `the price of ${row.model}, read on ${row.read} (${row.source})` };
}

function thousands(count: number): string {
  return `${Math.max(1, Math.round(count / 1_000))}k`;
}

function isPrivate(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  if (isIP(bare) === 0) return bare === "localhost" || bare.endsWith(".internal") || !bare.includes(".");
  return /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|::1$|f[cd])/i.test(bare);
}
