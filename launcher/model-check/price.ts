/** What a check of a model costs: tokens, and money where the endpoint tells its price. */
import { isIP } from "node:net";
import { z } from "zod";
import type { Config } from "../../agents/base/config.ts";
import { parseJson } from "../../agents/protocol/message.ts";

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
  /** Dollars a token. */
  price: { prompt: number; completion: number } | undefined;
  isLocal: boolean;
};

const TIMEOUT_MS = 15_000;
const MAX_CHARS = 5_000_000;

/** Never rejects but when `signal` aborts: an endpoint that lists nothing may answer all the same. */
export async function readListing(config: Config, signal: AbortSignal): Promise<Listing> {
  const { OPENAI_API_BASE: base, OPENAI_API_KEY: key } = config;
  const isLocal = isPrivate(new URL(base).hostname);
  try {
    const headers = { authorization: `Bearer ${key ?? "none"}` };
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await fetch(`${base.replace(/\/$/, "")}/models`, { headers, signal: limit });
    const text = await response.text();
    const parsed = models.safeParse(text.length > MAX_CHARS ? undefined : parseJson(text));
    const found = parsed.data?.data.find(({ id }) => id === config.LLM_MODEL);
    return { names: parsed.data?.data.map(({ id }) => id), price: found?.pricing, isLocal };
  } catch {
    signal.throwIfAborted();
    return { names: undefined, price: undefined, isLocal };
  }
}

export type Estimate = { questions: number; tokensIn: number; tokensOut: number };

export function describeCost(
  { questions, tokensIn, tokensOut }: Estimate,
  { price, isLocal }: Listing,
): string {
  const tokens = `${questions} questions, about ${thousands(tokensIn)} tokens in and ${thousands(tokensOut)} out`;
  if (price) {
    const dollars = tokensIn * price.prompt + tokensOut * price.completion;
    return `${tokens}: about $${dollars.toFixed(3)} by the endpoint's price`;
  }
  return `${tokens}; ${isLocal ? "no price: it is a server of your own network" : "its price is not known: the endpoint does not tell it"}`;
}

function thousands(count: number): string {
  return `${Math.max(1, Math.round(count / 1_000))}k`;
}

function isPrivate(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  if (isIP(bare) === 0) return bare === "localhost" || bare.endsWith(".internal") || !bare.includes(".");
  return /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|::1$|f[cd])/i.test(bare);
}
