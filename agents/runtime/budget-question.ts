/** What the operator is asked when a budget does not suffice: with figures, and with what to type. */
import { amountText, countText, type Shortage, suggestedRaise } from "../protocol/budget.ts";
import type { ModelEndpoint } from "../protocol/spending.ts";
import { type Redacted, redacted } from "../redact/redacted.ts";

const NAMES = { session: redacted`this session`, day: redacted`today` } as const;

export function budgetQuestion(shortage: Shortage, { model, server }: ModelEndpoint): Redacted {
  const { scope, unit, limit, spent, reserved, want, isUnpriced } = shortage;
  const text = (count: number) => amountText(unit, count);
  const under = reserved > 0 ? redacted`, up to ${text(reserved)} by calls under way` : redacted``;
  const why = isUnpriced
    ? redacted`The price of ${model} at ${server} is unknown, so tokens are held instead of dollars: ${text(limit)} are allowed for ${NAMES[scope]}`
    : redacted`The budget of ${NAMES[scope]} does not suffice: ${text(limit)}`;
  return redacted`${why}, ${text(spent)} spent${under}, and the next call may cost up to ${text(want)}. The team waits, and nothing is lost. /budget raise ${suggestedRaise(shortage)} goes on, STOP ends it.`;
}

/** For a row: what it waits for. */
export function shortageGist({ unit, limit, spent }: Shortage): Redacted {
  return redacted`budget ${countText(unit, spent)} of ${amountText(unit, limit)}: /budget`;
}
