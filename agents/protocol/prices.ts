/**
 * What models cost: the operator's own file first, then prices.json of the project. A price that is in neither is
 * unknown, which is a state of its own and never 0.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { type Config, projectPath } from "../base/config.ts";
import { describeError } from "../base/errors.ts";
import type { Redactor } from "../redact/redact.ts";
import type { Redacted } from "../redact/redacted.ts";
import { parseJson } from "./message.ts";
import type { Tokens } from "./spending.ts";

/** Dollars for a million tokens; cached ones that have no price of their own cost what all others do. */
export type Price = {
  input: number;
  cachedInput?: number | undefined;
  cacheWrite?: number | undefined;
  output: number;
};
export type PriceRow = Price & {
  model: string;
  /** Host names; without them it holds wherever the model is asked. */
  servers?: string[] | undefined;
  /** Where the price was read, and when. */
  source: string;
  read: string;
};

export type Prices = {
  rows: readonly PriceRow[];
  /** Why a file does not count, in a line each. */
  problems: readonly Redacted[];
};

export const NO_PRICES: Prices = { rows: [], problems: [] };
export const MILLION = 1_000_000;
/** As providers date a model of a name: `-2025-08-07`, `-20251001`. */
const SNAPSHOT = /-\d{4}-?\d{2}-?\d{2}$/;

const amount = z.number().nonnegative().max(1_000_000);
const file = z.object({
  models: z.array(
    z.object({
      model: z.string().min(1),
      servers: z.array(z.string()).optional(),
      ...{ input: amount, cachedInput: amount.optional(), cacheWrite: amount.optional(), output: amount },
      source: z.string(),
      read: z.iso.date(),
    }),
  ),
});

/** Nothing throws: a file that cannot be read is a problem to tell, and its prices are unknown. */
export function readPrices(config: Config, redact: Redactor): Prices {
  const own =
    config.PRICES_FILE === undefined ? NO_PRICES : readFile(projectPath(config, config.PRICES_FILE), redact);
  const known = readFile(projectPath(config, "prices.json"), redact);
  return { rows: [...own.rows, ...known.rows], problems: [...own.problems, ...known.problems] };
}

function readFile(path: string, redact: Redactor): Prices {
  try {
    const parsed = file.safeParse(parseJson(readFileSync(path, "utf8")));
    if (parsed.success) return { rows: parsed.data.models, problems: [] };
    const [issue] = parsed.error.issues;
    return {
      rows: [],
      problems: [redact(`${path}: ${issue?.path.join(".") || "the file"}: ${issue?.message}`)],
    };
  } catch (error) {
    return { rows: [], problems: [redact(`${path}: ${describeError(error)}`)] };
  }
}

/** `server` is host and port. Undefined: unknown. */
export function priceOf({ rows }: Prices, asked: { model: string; server: string }): PriceRow | undefined {
  const host = asked.server.replace(/:\d+$/, "");
  const names = [asked.model, asked.model.replace(SNAPSHOT, "")];
  const holds = ({ servers }: PriceRow) => servers === undefined || servers.includes(host);
  return names
    .map((name) => rows.find((row) => row.model === name && holds(row)))
    .find((row) => row !== undefined);
}

/** In dollars. */
export function costOf({ prompt, cached, cacheWrite, completion }: Tokens, price: Price): number {
  const { input, output, cachedInput = input, cacheWrite: write = input } = price;
  const fresh = prompt - cached - cacheWrite;
  return (fresh * input + cached * cachedInput + cacheWrite * write + completion * output) / MILLION;
}
