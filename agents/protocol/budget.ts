/**
 * Budgets: what a session and a day may cost, in dollars and in tokens, and whether one call more fits into what is left.
 * Pure; who keeps the sums is admission.ts.
 */
import type { Config } from "../base/config.ts";
import { thousands } from "../base/thousands.ts";
import { ours, type Redacted, redacted } from "../redact/redacted.ts";

export type Unit = "tokens" | "dollars";
export type Amount = Readonly<Record<Unit, number>>;
/** What a call costs at most; without dollars its price is unknown. */
export type Want = { tokens: number; dollars?: number | undefined };

export const SCOPES = ["session", "day"] as const;
export type Scope = (typeof SCOPES)[number];
/** A budget that is not set is no limit. */
export type Limit = { [unit in Unit]?: number | undefined };
export type Limits = Readonly<Record<Scope, Limit>>;

/** Of one scope, all roles together; `raised` is what the operator has added to the setting. */
export type Standing = { spent: Amount; reserved: Amount; raised: Amount };
export type Standings = Readonly<Record<Scope, Standing>>;

/** Why a call does not fit. `limit` is the setting with what was added. */
export type Shortage = {
  scope: Scope;
  unit: Unit;
  limit: number;
  spent: number;
  /** By calls that are under way: it may become less. */
  reserved: number;
  want: number;
  /** Dollars are limited and nobody knows the price, so tokens are. */
  isUnpriced: boolean;
};

export const NO_LIMITS: Limits = { session: {}, day: {} };
export const NOTHING: Amount = { tokens: 0, dollars: 0 };
/** Sums of dollars are no exact numbers. */
const ROUNDING = 1e-9;

export function addAmounts(a: Amount, b: Amount): Amount {
  return { tokens: a.tokens + b.tokens, dollars: a.dollars + b.dollars };
}

/** As the operator set them. */
export function limitsOf(
  config: Pick<Config, `BUDGET_${"SESSION" | "DAY"}_${"DOLLARS" | "TOKENS"}`>,
): Limits {
  return {
    session: { dollars: config.BUDGET_SESSION_DOLLARS, tokens: config.BUDGET_SESSION_TOKENS },
    day: { dollars: config.BUDGET_DAY_DOLLARS, tokens: config.BUDGET_DAY_TOKENS },
  };
}

export function hasLimit(limits: Limits): boolean {
  return SCOPES.some((scope) => limits[scope].tokens !== undefined || limits[scope].dollars !== undefined);
}

/** The first budget that the call would pass, if all that is reserved is used up. */
export function shortageOf(want: Want, standings: Standings, limits: Limits): Shortage | undefined {
  const isPriced = want.dollars !== undefined;
  for (const scope of SCOPES) {
    for (const unit of ["dollars", "tokens"] as const) {
      const { spent, reserved, raised } = standings[scope];
      const limit = limitOf(limits[scope], { unit, raised, isPriced });
      const amount = want[unit] ?? 0;
      if (limit === undefined || spent[unit] + reserved[unit] + amount <= limit + ROUNDING) continue;
      const isUnpriced = !isPriced && limits[scope].dollars !== undefined;
      return { scope, unit, limit, spent: spent[unit], reserved: reserved[unit], want: amount, isUnpriced };
    }
  }
  return undefined;
}

type Held = { unit: Unit; raised: Amount; isPriced: boolean };

/** Undefined: none. Where dollars are limited and the price is unknown, tokens are: to what the operator has allowed. */
export function limitOf(limit: Limit, { unit, raised, isPriced }: Held): number | undefined {
  if (unit === "dollars" && !isPriced) return undefined;
  const mustHold = unit === "tokens" && !isPriced && limit.dollars !== undefined;
  const set = limit[unit] ?? (mustHold ? 0 : undefined);
  return set === undefined ? undefined : set + raised[unit];
}

/** Whether it fits once the calls that are under way have cost nothing: nobody but them is waited for. */
export function mayPassLater({ spent, want, limit }: Shortage): boolean {
  return spent + want <= limit + ROUNDING;
}

/** Nobody has more; sums stay exact. */
const MAX_RAISE: Amount = { tokens: 1e12, dollars: 1e6 };

/** `5$`, `$2.50`, `200000`, `200k`, `1.5M`, or one of each; undefined for what is no amount above 0. */
export function parseAmount(text: string): Amount | undefined {
  const parts = text.slice(0, 100).trim().split(/\s+/).map(parsePart);
  const known = parts.filter((part) => part !== undefined);
  const isOneOfEach = new Set(known.map(({ unit }) => unit)).size === parts.length;
  if (known.length < parts.length || !isOneOfEach) return undefined;
  const of = (unit: Unit) => known.find((part) => part.unit === unit)?.count ?? 0;
  return { tokens: of("tokens"), dollars: of("dollars") };
}

function parsePart(word: string): { unit: Unit; count: number } | undefined {
  const [, before = "", digits = "", factor = "", after = ""] =
    /^(\$?)(\d{1,13}(?:\.\d{1,6})?)([kM]?)(\$?)$/.exec(word.replaceAll(",", "")) ?? [];
  const unit: Unit = before || after ? "dollars" : "tokens";
  const plain = Number(digits) * ({ k: 1_000, M: 1_000_000 }[factor] ?? 1);
  const count = unit === "tokens" ? Math.floor(plain) : plain;
  const isGood =
    !(before && after) &&
    digits !== "" &&
    count > 0 &&
    count <= MAX_RAISE[unit] &&
    (unit === "tokens" || factor === "");
  return isGood ? { unit, count } : undefined;
}

/** `$4.97`, `1,200,000 tokens`. */
export function amountText(unit: Unit, count: number): Redacted {
  return unit === "tokens" ? redacted`${countText(unit, count)} tokens` : countText(unit, count);
}

/** The same without the word. */
export function countText(unit: Unit, count: number): Redacted {
  if (unit === "tokens") return ours(thousands(Math.max(0, Math.round(count))));
  return ours(`$${count.toFixed(count > 0 && count < 1 ? 4 : 2)}`);
}

/** What to type for about half as much again, in round numbers and enough for some calls. */
export function suggestedRaise({ unit, limit, want }: Shortage): Redacted {
  const more = Math.max(limit / 2, want * 10);
  return ours(
    unit === "dollars" ? `${Math.max(1, Math.ceil(more))}$` : `${Math.ceil(more / 100_000) * 100_000}`,
  );
}
