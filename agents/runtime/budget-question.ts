/** What the operator is asked when a budget does not suffice: with figures, and with what to type. */
import { amountText, type Shortage } from "../protocol/budget.ts";
import type { ModelEndpoint } from "../protocol/spending.ts";
import { ours, type Redacted, redacted } from "../redact/redacted.ts";

const NAMES = { session: redacted`this session`, day: redacted`today` } as const;

export function budgetQuestion(shortage: Shortage, { model, server }: ModelEndpoint): Redacted {
  const { scope, unit, limit, spent, reserved, want, isUnpriced } = shortage;
  const text = (count: number) => ours(amountText(unit, count));
  const under = reserved > 0 ? redacted`, up to ${text(reserved)} by calls under way` : redacted``;
  const why = isUnpriced
    ? redacted`The price of ${model} at ${server} is unknown, so tokens are held instead of dollars: ${text(limit)} are allowed for ${NAMES[scope]}`
    : redacted`The budget of ${NAMES[scope]} does not suffice: ${text(limit)}`;
  return redacted`${why}, ${text(spent)} spent${under}, and the next call may cost up to ${text(want)}. The team waits, and nothing is lost. /budget raise ${ours(suggestion(shortage))} goes on, STOP ends it.`;
}

/** For a row: what it waits for. */
export function shortageGist({ unit, limit, spent }: Shortage): Redacted {
  return redacted`budget: ${ours(amountText(unit, spent))} of ${ours(amountText(unit, limit))}, /budget raises it`;
}

/** Half as much again, in round numbers, and enough for some calls. */
function suggestion({ unit, limit, want }: Shortage): string {
  if (unit === "dollars") return `${Math.max(1, Math.ceil(Math.max(limit / 2, want * 10)))}$`;
  return String(Math.ceil(Math.max(limit / 2, want * 10) / 100_000) * 100_000);
}
