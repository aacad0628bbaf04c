/** What a mission may cost, by what earlier sessions of this team have cost. Pure but for the class, which asks for these. */
import type { Prices } from "../agents/protocol/prices.ts";
import type { Spending } from "../agents/protocol/spending.ts";
import { fromRedactedParts, type Redacted } from "../agents/redact/redacted.ts";
import { type Cost, costLine, costOfAll } from "./cost.ts";
import type { Records } from "./records.ts";

/** As the scripted model of rehearsals is called, which costs nothing. */
const SCRIPTED = "scripted";

/** The half, and nine of ten, of the sessions cost no more. */
type Range = { p50: number; p90: number };

/** `of`: how many sessions; those of rehearsals only where there is no other. Dollars of those whose price is known. */
export type Forecast = {
  of: number;
  kind: "missions" | "rehearsals";
  tokens: Range;
  dollars?: Range & { of: number };
};

/** Undefined when there is nothing to go by. */
export function forecastOf(earlier: readonly (readonly Spending[])[], prices: Prices): Forecast | undefined {
  const isRehearsal = (session: readonly Spending[]) => session.every(({ model }) => model === SCRIPTED);
  const asked = earlier.filter((session) => session.length > 0);
  const missions = asked.filter((session) => !isRehearsal(session));
  const sessions = missions.length > 0 ? missions : asked;
  if (sessions.length === 0) return undefined;
  const costs = sessions.map((session) => costOfAll(session, prices));
  const known = costs.filter(({ money }) => money.unknown.length === 0).map(({ money }) => money.dollars);
  return {
    of: sessions.length,
    kind: missions.length > 0 ? "missions" : "rehearsals",
    tokens: rangeOf(costs.map(({ tokens }) => tokens.prompt + tokens.completion)),
    ...(known.length > 0 && { dollars: { ...rangeOf(known), of: known.length } }),
  };
}

/** By nearest rank: a cost that a session really had. */
function rangeOf(values: readonly number[]): Range {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p90: at(0.9) };
}

/** In a line. */
export function forecastText(forecast: Forecast | undefined): Redacted {
  if (!forecast) return fromRedactedParts("No forecast of the cost: no earlier session has asked a model.");
  const { of, kind, tokens, dollars } = forecast;
  const [one, nine] = [tokens.p50, tokens.p90].map(tokensText);
  const source =
    of === 1 ? `one earlier session${kind === "rehearsals" ? ", a rehearsal" : ""}` : `${of} earlier ${kind}`;
  const ofSome = dollars && dollars.of < of ? ` (of ${dollars.of} with a known price)` : "";
  const money = dollars
    ? `; in money ${moneyOf(dollars.p50)} and ${moneyOf(dollars.p90)}${ofSome}`
    : "; the price of the models is unknown";
  return fromRedactedParts(
    `Forecast by ${source}: half took at most ${one}, nine of ten at most ${nine}${money}.`,
  );
}

const NOTHING: Cost = costOfAll([], { rows: [], problems: [] });

function tokensText(count: number): string {
  const money = { dollars: 0, unknown: ["not asked"] };
  return costLine({ ...NOTHING, tokens: { ...NOTHING.tokens, prompt: count }, money });
}

function moneyOf(dollars: number): string {
  return `$${dollars.toFixed(dollars > 0 && dollars < 1 ? 4 : 2)}`;
}

/** The line for the operator's first message of a session, which is there before he has sent it. */
export class Forecaster {
  readonly #records: Records;
  readonly #prices: Prices;
  #line: Redacted | undefined;

  constructor(records: Records, prices: Prices) {
    this.#records = records;
    this.#prices = prices;
  }

  /** A session has begun, or is found: in one that has cost something there is nothing to forecast. */
  async look(): Promise<void> {
    this.#line = undefined;
    const spent = await this.#records.ask((bus, options) => bus.spending(options));
    const earlier = await this.#records.ask((bus, options) => bus.budgets.earlier(options));
    if (spent?.length === 0 && earlier) this.#line = forecastText(forecastOf(earlier, this.#prices));
  }

  get isReady(): boolean {
    return this.#line !== undefined;
  }

  /** Once a session. */
  take(): Redacted | undefined {
    const line = this.#line;
    this.#line = undefined;
    return line;
  }
}
