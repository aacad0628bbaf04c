/**
 * What the model calls of a turn cost in tokens, by model and server: as the role writes it into its ledger, and as others
 * read it. It knows nothing of money.
 */
import { z } from "zod";
import type { Redactor } from "../redact/redact.ts";
import type { Redacted } from "../redact/redacted.ts";
import { parseWire } from "./message.ts";
import type { Role } from "./roles.ts";

/** `cached` and `cacheWrite` are parts of `prompt`, `reasoning` is a part of `completion`. */
export type Tokens = {
  prompt: number;
  cached: number;
  cacheWrite: number;
  completion: number;
  reasoning: number;
};

/** Tokens of one model call: as the server counted them, or in part our estimate where it did not. */
export type Usage = Tokens & { isEstimate?: true };

/** Who was asked: the model by its name, the server by host and port. */
export type ModelEndpoint = { model: Redacted; server: Redacted };

/** Of one turn and one model; `estimated` of the `steps` were not counted by the server. */
export type Spent = Tokens & ModelEndpoint & { steps: number; estimated: number };

/** A turn is named by the message that it is about. */
export type Spending = Spent & { role: Role; messageId: string };

export const NO_TOKENS: Tokens = { prompt: 0, cached: 0, cacheWrite: 0, completion: 0, reasoning: 0 };

/** No turn and no session comes near it, and sums of it stay exact. */
const MAX_TOKENS = 1e12;
const MAX_NAME_CHARS = 300;
/** A turn asks one model; more than a few come of restarts with other settings. */
const MAX_MODELS = 100;

const count = z.number().int().min(0).max(MAX_TOKENS);
const name = z.string().max(MAX_NAME_CHARS);
const shape = z
  .array(
    z.object({
      ...{ model: name, server: name, steps: count, estimated: count },
      ...{ prompt: count, cached: count, cacheWrite: count, completion: count, reasoning: count },
    }),
  )
  .max(MAX_MODELS);

export function addTokens(a: Tokens, b: Tokens): Tokens {
  return {
    prompt: a.prompt + b.prompt,
    cached: a.cached + b.cached,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    completion: a.completion + b.completion,
    reasoning: a.reasoning + b.reasoning,
  };
}

/** One model call more. */
export function addStep(spent: readonly Spent[], { model, server }: ModelEndpoint, usage: Usage): Spent[] {
  const isSame = (one: Spent) => one.model === model && one.server === server;
  const before = spent.find(isSame) ?? { ...NO_TOKENS, steps: 0, estimated: 0 };
  const sum = {
    ...{ model, server, ...addTokens(before, usage) },
    steps: before.steps + 1,
    estimated: before.estimated + (usage.isEstimate ? 1 : 0),
  };
  return [...spent.filter((one) => !isSame(one)), sum];
}

/** `[]` for what is none: a role writes its ledger, and in compat mode anybody. */
export function parseSpent(json: string, redactor: Redactor): Spent[] {
  const parsed = shape.safeParse(parseWire(json));
  const spent = parsed.data ?? [];
  return spent.map((one) => ({ ...one, model: redactor(one.model), server: redactor(one.server) }));
}
