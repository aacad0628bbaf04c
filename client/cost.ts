/** Tokens and money of a session, summed by role: as rows for programs, and in words. It reads nothing. */
import { thousands } from "../agents/base/thousands.ts";
import { costOf, type Prices, priceOf } from "../agents/protocol/prices.ts";
import { addTokens, NO_TOKENS, type Spending, type Spent, type Tokens } from "../agents/protocol/spending.ts";

/** `dollars` of all whose price is known; `unknown` names the others, as `model at server`. */
export type Money = { dollars: number; unknown: string[] };
/** `estimated` of the `steps` were not counted by the server. */
export type Cost = { steps: number; estimated: number; tokens: Tokens; money: Money };
export type RoleCost = Cost & { role: string };

const NONE: Cost = { steps: 0, estimated: 0, tokens: NO_TOKENS, money: { dollars: 0, unknown: [] } };

export function costOfAll(spending: readonly Spent[], prices: Prices): Cost {
  return spending.reduce((sum, spent) => addCost(sum, spent, prices), NONE);
}

export function costByRole(spending: readonly Spending[], prices: Prices): RoleCost[] {
  const roles = Map.groupBy(spending, ({ role }) => role);
  return [...roles].map(([role, own]) => ({ role, ...costOfAll(own, prices) }));
}

function addCost({ steps, estimated, tokens, money }: Cost, spent: Spent, prices: Prices): Cost {
  const price = priceOf(prices, spent);
  const name = `${spent.model} at ${spent.server}`;
  return {
    steps: steps + spent.steps,
    estimated: estimated + spent.estimated,
    tokens: addTokens(tokens, spent),
    money: price
      ? { ...money, dollars: money.dollars + costOf(spent, price) }
      : { ...money, unknown: [...new Set([...money.unknown, name])] },
  };
}

/** `~` before what is in part an estimate. */
export function moneyText({ money: { dollars, unknown }, estimated }: Cost): string {
  if (unknown.length > 0 && dollars === 0) return "unknown";
  const mark = estimated > 0 ? "~" : "";
  return `${unknown.length > 0 ? "at least " : ""}${mark}${dollarsText(dollars)}`;
}

/** For the status row: all tokens, and the money as far as it is known. */
export function costLine(cost: Cost): string {
  const { tokens, estimated, money } = cost;
  const count = tokens.prompt + tokens.completion;
  if (count === 0) return "";
  const isKnown = money.unknown.length === 0 || money.dollars > 0;
  return `${estimated > 0 ? "~" : ""}${short(count)} tokens${isKnown ? `, ${moneyText(cost)}` : ""}`;
}

/** A table of the roles with their sum, and below it what it does not know. */
export function costText(spending: readonly Spending[], prices: Prices): string {
  const total = costOfAll(spending, prices);
  const notes = costNotes(total, prices);
  return [costTable(costByRole(spending, prices), total), ...notes].join("\n");
}

function costTable(rows: readonly RoleCost[], total: Cost): string {
  const header = [
    "role",
    "steps",
    "prompt",
    "of it cached",
    "written to cache",
    "completion",
    "of it reasoning",
    "money",
  ];
  const all = [header, ...rows.map((row) => cells(row.role, row)), cells("all", total)];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
  return lines.join("\n");
}

/** What the table does not know, in a line each. */
function costNotes({ money: { unknown }, estimated, steps }: Cost, { problems }: Prices): string[] {
  return [
    ...unknown.map(
      (name) => `price unknown: ${name}. Set it in a file that PRICES_FILE names, in the form of prices.json`,
    ),
    ...(estimated > 0
      ? [`~ estimated at four characters a token: the server did not count ${estimated} of ${steps} steps`]
      : []),
    ...problems.map((problem) => `prices that do not count: ${problem}`),
  ];
}

function cells(name: string, cost: Cost): string[] {
  const { steps, tokens, estimated } = cost;
  const count = (value: number) => `${estimated > 0 && value > 0 ? "~" : ""}${thousands(value)}`;
  const { prompt, cached, cacheWrite, completion, reasoning } = tokens;
  return [
    ...[name, thousands(steps), count(prompt), thousands(cached), thousands(cacheWrite)],
    ...[count(completion), thousands(reasoning), moneyText(cost)],
  ];
}

function dollarsText(dollars: number): string {
  if (dollars > 0 && dollars < 0.0001) return "less than $0.0001";
  return `$${dollars.toFixed(dollars > 0 && dollars < 1 ? 4 : 2)}`;
}

/** `812`, `12.3k`, `1.2M`. */
function short(count: number): string {
  if (count < 1_000) return String(count);
  return count < 1_000_000 ? `${(count / 1_000).toFixed(1)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}
