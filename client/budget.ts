/** The budgets in words: what is spent, reserved and left of each, and who waits. */
import { type Scopes, type Seen, standingsOf } from "../agents/protocol/admission.ts";
import {
  type Amount,
  amountText,
  hasLimit,
  type Limits,
  limitOf,
  parseAmount,
  SCOPES,
  type Scope,
  type Unit,
} from "../agents/protocol/budget.ts";
import { ROLES } from "../agents/protocol/roles.ts";
import { joinRedacted, type Redacted, redacted } from "../agents/redact/redacted.ts";
import type { Conversation } from "./conversation.ts";

export type Found = Seen & { scopes: Scopes };
/** `left` may be below 0: a budget can be set to less than was spent. */
export type BudgetRow = { scope: Scope; unit: Unit } & Record<
  "limit" | "spent" | "reserved" | "left",
  number
>;

const NAMES = { session: "session", day: "today  " } as const;
const HOW = redacted`/budget raise 5$ or /budget raise 200000 (tokens) adds so much to those of this session and of today.`;
const NONE = redacted`No budget is set: what the team spends has no limit. BUDGET_SESSION_DOLLARS, BUDGET_SESSION_TOKENS, BUDGET_DAY_DOLLARS and BUDGET_DAY_TOKENS in .env set one.`;

/** Those that are set, and tokens that the operator has allowed where the price is unknown. */
export function budgetRows(found: Found, limits: Limits): BudgetRow[] {
  const standings = standingsOf(found, found.scopes);
  return SCOPES.flatMap((scope) =>
    (["dollars", "tokens"] as const).flatMap((unit) => {
      const { spent, reserved, raised } = standings[scope];
      const isPriced = unit === "dollars" || raised.tokens === 0;
      const limit = limitOf(limits[scope], { unit, raised, isPriced });
      if (limit === undefined) return [];
      const left = limit - spent[unit] - reserved[unit];
      return [{ scope, unit, limit, spent: spent[unit], reserved: reserved[unit], left }];
    }),
  );
}

/** A line each; `[]` where no budget is set. */
export function budgetLines(found: Found, limits: Limits): Redacted[] {
  const waiting = ROLES.filter((role) => found.admissions[role]?.waiting?.for === "budget");
  const names = joinRedacted(
    waiting.map((role) => redacted`${role}`),
    ", ",
  );
  const rows = budgetRows(found, limits).map(rowText);
  return names === "" ? rows : [...rows, redacted`waiting  ${names}`];
}

function rowText({ scope, unit, limit, spent, reserved, left }: BudgetRow): Redacted {
  const text = (count: number) => amountText(unit, count);
  const held = reserved > 0 ? redacted`, up to ${text(reserved)} under way` : redacted``;
  const rest = left > 0 ? redacted`${text(left)} left` : redacted`nothing left`;
  return redacted`${NAMES[scope]}  ${text(spent)} of ${text(limit)} spent${held}, ${rest}`;
}

/** `/budget`, `/budget raise 5$`. */
export async function answerBudget(argument: string, conversation: Conversation): Promise<void> {
  const { limits } = conversation.meter;
  if (!hasLimit(limits)) return conversation.say(NONE);
  const [verb = "", ...amount] = argument.split(/\s+/);
  if (verb === "") return await sayBudget(conversation, redacted``);
  const more = verb === "raise" ? parseAmount(amount.join(" ")) : undefined;
  const refusal = more ? refusalOf(more, limits) : HOW;
  if (refusal || !more) return conversation.problem(refusal ?? HOW);
  const isDone = await conversation.records.ask(async (bus, options) => {
    await bus.budgets.raise(more, options);
    return true;
  });
  if (!isDone) return conversation.problem(redacted`Not raised: Redis is away. Try again when it is there.`);
  await sayBudget(conversation, redacted`Raised. Who waits goes on as far as it suffices.\n`);
}

function refusalOf({ dollars }: Amount, limits: Limits): Redacted | undefined {
  const isInDollars = SCOPES.some((scope) => limits[scope].dollars !== undefined);
  return dollars > 0 && !isInDollars ? redacted`No budget in dollars is set, so none was raised.` : undefined;
}

async function sayBudget(conversation: Conversation, before: Redacted): Promise<void> {
  const found = await conversation.records.ask((bus, options) => bus.budgets.read(options));
  if (!found) return conversation.problem(redacted`It cannot be read while Redis is away.`);
  const lines = budgetLines(found, conversation.meter.limits);
  conversation.say(redacted`\n${before}${joinRedacted([...lines, HOW], "\n")}`);
}
