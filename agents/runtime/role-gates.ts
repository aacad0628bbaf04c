/** The gates of a role's model calls, from its settings. */
import type { Config } from "../base/config.ts";
import type { Account, Bus } from "../bus/bus.ts";
import { hasLimit, limitsOf } from "../protocol/budget.ts";
import { priceOf, readPrices } from "../protocol/prices.ts";
import type { RateLimits } from "../protocol/rate.ts";
import { OPERATOR, type Role } from "../protocol/roles.ts";
import type { ModelEndpoint } from "../protocol/spending.ts";
import type { Redactor } from "../redact/redact.ts";
import type { Redacted } from "../redact/redacted.ts";
import { Admissions } from "./admissions.ts";
import type { TurnListener } from "./events.ts";
import type { TurnContext } from "./turn.ts";

export type GateParts = {
  role: Role;
  bus: Bus;
  account: Account;
  endpoint: ModelEndpoint;
  redactor: Redactor;
  emit: TurnListener;
};

export function createGates(config: Config, parts: GateParts): NonNullable<TurnContext["gateFor"]> {
  const { role, bus, account, endpoint, redactor, emit } = parts;
  const limits = limitsOf(config);
  const price = hasLimit(limits) ? priceOf(readPrices(config, redactor), endpoint) : undefined;
  const notice = (content: Redacted) =>
    bus.show({ kind: "notice", source: role, content, timestamp: new Date().toISOString() });
  const admissions = new Admissions({ account, limits, rate: rateOf(config), endpoint, price, notice });
  return (asked, told) =>
    admissions.gateFor({
      ...told,
      session: asked[0]?.session ?? "",
      isOperators: asked.some(({ sender }) => sender === OPERATOR),
      onBudget: (reason) => emit({ kind: "budget_waiting", reason }),
      onAgain: told.onAgain ?? (() => {}),
    });
}

function rateOf({ LLM_REQUESTS_PER_MINUTE, LLM_TOKENS_PER_MINUTE }: Config): RateLimits {
  return { requests: LLM_REQUESTS_PER_MINUTE, tokens: LLM_TOKENS_PER_MINUTE };
}
