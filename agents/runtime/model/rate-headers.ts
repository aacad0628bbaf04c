/**
 * What a server's headers tell of its limits: the names of OpenAI and those like it, of Anthropic, of gateways, and of the
 * IETF's draft. Limits are taken as those of a minute: one of a longer time is never reached within one.
 */
import type { Told } from "../../protocol/rate.ts";

export type Rate = { requests?: Told | undefined; tokens?: Told | undefined };

type Headers = Readonly<Record<string, unknown>>;

/** Of each kind the names for the limit and for what is left of it. */
const NAMES = {
  requests: [
    ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests"],
    ["anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining"],
    ["x-ratelimit-limit", "x-ratelimit-remaining"],
    ["ratelimit-limit", "ratelimit-remaining"],
  ],
  tokens: [
    ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens"],
    ["anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining"],
  ],
} as const;
/** Above it nobody is held up. */
const MAX_LIMIT = 1e9;

/** Undefined when it tells nothing. */
export function rateIn(headers: Headers): Rate | undefined {
  const [requests, tokens] = [toldBy(headers, NAMES.requests), toldBy(headers, NAMES.tokens)];
  return requests || tokens ? { requests, tokens } : undefined;
}

function toldBy(headers: Headers, names: readonly (readonly [string, string])[]): Told | undefined {
  for (const [limitName, remainingName] of names) {
    const limit = count(headers[limitName]);
    if (limit === undefined || limit === 0) continue;
    const remaining = Math.min(count(headers[remainingName]) ?? limit, limit);
    const windows = MINUTE_S / windowOf(headers[limitName]);
    return { limit: Math.floor(limit * windows), remaining: Math.floor(remaining * windows) };
  }
  return undefined;
}

/** The draft has a list behind the number: `100, 100;w=60`. */
function count(value: unknown): number | undefined {
  const text = typeof value === "string" ? value : "";
  const digits = /^\s?(\d{1,10})(?:\.\d{1,6})?(?:$|[\s,;])/.exec(text)?.[1];
  const number = Number(digits);
  return digits !== undefined && number <= MAX_LIMIT ? number : undefined;
}

const MINUTE_S = 60;

/** Seconds, as the draft tells them; at most a minute. */
function windowOf(value: unknown): number {
  const seconds = Number(/;\s?w=(\d{1,6})/.exec(String(value).slice(0, 200))?.[1] ?? MINUTE_S);
  return Math.min(Math.max(seconds, 1), MINUTE_S);
}
