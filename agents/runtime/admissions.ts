/**
 * The gate before each request of a role to its model: budgets, and the limits of the provider. While there is nothing to
 * hold it asks nobody. Who does not fit into a budget waits, and the operator is asked; nothing fails by it.
 */
import { randomUUID } from "node:crypto";
import { isAppError } from "../base/errors.ts";
import type { Account } from "../bus/bus.ts";
import type { Ask, Ended } from "../protocol/admit.ts";
import { type Amount, addAmounts, hasLimit, type Limits, NOTHING, type Want } from "../protocol/budget.ts";
import { costOf, type Price } from "../protocol/prices.ts";
import type { RateLimits, Told } from "../protocol/rate.ts";
import { AdmissionWait, type Asking, type WaitOptions } from "./admission-wait.ts";
import type { Gate, RequestEnd, RequestSize } from "./model/gate.ts";
import type { Rate } from "./model/rate-headers.ts";
import { RequestEstimate } from "./request-estimate.ts";
import { untilUp } from "./until-up.ts";

export type AdmissionOptions = WaitOptions & {
  account: Account;
  limits: Limits;
  /** Of the settings; what the server tells is learned. */
  rate: RateLimits;
  price: Price | undefined;
};

const SETTLE_MS = 2_000;
/** A server that asks for no wait with its 429 gets one all the same. */
const SOME_WAIT_MS = 1_000;
const MAX_HOLD_MS = 300_000;

export class Admissions {
  readonly #options: AdmissionOptions;
  readonly #server: string;
  readonly #estimate = new RequestEstimate();
  #learned: RateLimits = {};
  #hasLearned = false;
  /** Calls whose end could not be written yet. */
  #unsettled: Ended[] = [];
  /** The session whose earlier cost is known to the account. */
  #seeded = "";

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#server = `${options.endpoint.model} at ${options.endpoint.server}`.slice(0, 400);
  }

  gateFor(asking: Asking): Gate {
    return { pass: (size, signal) => this.#pass(size, asking, signal) };
  }

  async #pass(size: RequestSize, asking: Asking, signal: AbortSignal) {
    const { limits, rate, price } = this.#options;
    const isHeld = hasLimit(limits) || rate.requests !== undefined || rate.tokens !== undefined;
    if (!isHeld && !this.#hasLearned) return async (end: RequestEnd) => this.#learn(size, end);
    const id = randomUUID();
    const want = this.#estimate.atMost(size, price);
    const { session, isOperators } = asking;
    const ask = {
      ...{ id, server: this.#server, session, isOperators, want, limits },
      ...{ expected: this.#estimate.probably(size), rate: this.#rate() },
      before: this.#seeded === session ? undefined : await this.#costBefore(session, signal),
    };
    await this.#untilAdmitted(ask, asking, signal);
    this.#seeded = session;
    return async (end: RequestEnd) => await this.#end(id, { size, want, end });
  }

  /** What the ledger has of a session that began without a budget. */
  async #costBefore(session: string, signal: AbortSignal): Promise<Amount> {
    const { account, price } = this.#options;
    const spent = await untilUp(() => account.spent(session, { signal }), signal);
    const amounts = spent.map((one) => ({
      tokens: one.prompt + one.completion,
      dollars: price ? costOf(one, price) : 0,
    }));
    return amounts.reduce(addAmounts, NOTHING);
  }

  async #untilAdmitted(ask: Ask, asking: Asking, signal: AbortSignal): Promise<void> {
    const { account } = this.#options;
    const wait = new AdmissionWait(this.#options, asking);
    try {
      for (;;) {
        await untilUp(() => this.#settle(signal), signal);
        const outcome = await untilUp(() => account.admit(ask, { signal }), signal);
        if (outcome.kind === "admitted") break;
        await wait.after(outcome, signal);
      }
    } catch (error) {
      if (wait.hasBegun) await account.leave({ signal: AbortSignal.timeout(SETTLE_MS) }).catch(ignoreGone);
      throw error;
    }
    if (wait.hasBegun) asking.onAgain();
  }

  async #end(
    id: string,
    { size, want, end }: { size: RequestSize; want: Want; end: RequestEnd },
  ): Promise<void> {
    this.#learn(size, end);
    this.#unsettled.push({ id, ...this.#costOf(want, end) });
    await this.#settle(AbortSignal.timeout(SETTLE_MS)).catch(ignoreGone); // before the next call, then
  }

  async #settle(signal: AbortSignal): Promise<void> {
    if (this.#unsettled.length === 0) return;
    const ended = this.#unsettled;
    await this.#options.account.settle(ended, { signal });
    this.#unsettled = this.#unsettled.filter((one) => !ended.includes(one));
  }

  /** What may have been paid counts whole: a budget is not passed by what nobody has told. */
  #costOf(want: Want, end: RequestEnd): Omit<Ended, "id"> {
    if (end.kind === "unknown")
      return { cost: { tokens: want.tokens, dollars: want.dollars ?? 0 }, counted: want.tokens };
    if (end.kind === "refused") return { cost: NOTHING, counted: 0, holdMs: holdOf(end) };
    const { price } = this.#options;
    const tokens = end.usage.prompt + end.usage.completion;
    const dollars = price ? costOf(end.usage, price) : 0;
    return { cost: { tokens, dollars }, counted: tokens, told: end.rate?.tokens };
  }

  #learn(size: RequestSize, end: RequestEnd): void {
    if (end.kind === "answered") this.#estimate.learn(size, end.usage);
    if (end.kind === "refused" && end.status === 429) this.#hasLearned = true;
    if (end.kind === "unknown" || !end.rate) return;
    const limitOf = (told: Told | undefined) => told?.limit;
    const rate: Rate = end.rate;
    this.#learned = {
      requests: limitOf(rate.requests) ?? this.#learned.requests,
      tokens: limitOf(rate.tokens) ?? this.#learned.tokens,
    };
    this.#hasLearned = true;
  }

  /** The smaller of what was set and what the server tells. */
  #rate(): RateLimits {
    const { rate } = this.#options;
    const least = (...limits: (number | undefined)[]) => {
      const known = limits.filter((limit) => limit !== undefined);
      return known.length === 0 ? undefined : Math.min(...known);
    };
    return {
      requests: least(rate.requests, this.#learned.requests),
      tokens: least(rate.tokens, this.#learned.tokens),
    };
  }
}

function holdOf({ status, retryAfterMs }: RequestEnd & { kind: "refused" }): number | undefined {
  if (status !== 429) return undefined;
  return Math.min(retryAfterMs ?? SOME_WAIT_MS, MAX_HOLD_MS);
}

/** Whoever has the role now, or will, knows better: what was reserved counts until then. */
function ignoreGone(error: unknown): void {
  if (!isAppError(error) && !(error instanceof DOMException)) throw error;
}
