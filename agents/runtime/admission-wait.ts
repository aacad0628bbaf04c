/** The wait before a request that is not admitted yet: it tells why, and asks the operator when nobody else has. */
import { setTimeout } from "node:timers/promises";
import type { Outcome } from "../protocol/admit.ts";
import { mayPassLater } from "../protocol/budget.ts";
import type { ModelEndpoint } from "../protocol/spending.ts";
import { type Redacted, redacted } from "../redact/redacted.ts";
import { budgetQuestion, shortageGist } from "./budget-question.ts";

/** For whose turn, and who is told that it waits. */
export type Asking = {
  session: string;
  /** The operator's own work goes before that of others, where they share a limit. */
  isOperators: boolean;
  onWait: (reason: Redacted, delayMs: number) => void;
  onBudget: (reason: Redacted) => void;
  onAgain: () => void;
};

export type WaitOptions = {
  endpoint: ModelEndpoint;
  /** Asks the operator. */
  notice(text: Redacted): void;
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** How often it is looked whether the operator has answered, others have ended, or a minute has passed. */
const POLL_MS = { budget: 1_000, others: 250, rate: 500 } as const;
/** So long others are waited for before the operator is asked: a call takes no longer, mostly. */
const OTHERS_MS = 30_000;

export class AdmissionWait {
  hasBegun = false;
  readonly #options: WaitOptions;
  readonly #asking: Asking;
  #waitedMs = 0;
  #asked = "";
  #told = "";

  constructor(options: WaitOptions, asking: Asking) {
    this.#options = options;
    this.#asking = asking;
  }

  async after(outcome: Exclude<Outcome, { kind: "admitted" }>, signal: AbortSignal): Promise<void> {
    this.hasBegun = true;
    const { sleep = (ms: number, by: AbortSignal) => setTimeout(ms, undefined, { signal: by }) } =
      this.#options;
    const ms = outcome.kind === "rate" ? this.#forRate(outcome.waitMs) : this.#forBudget(outcome);
    this.#waitedMs += ms;
    await sleep(ms, signal);
  }

  #forRate(waitMs: number): number {
    this.#tell(redacted`the provider's limit of a minute`, waitMs);
    return Math.min(waitMs, POLL_MS.rate);
  }

  #forBudget({ shortage, asks }: Outcome & { kind: "budget" }): number {
    if (mayPassLater(shortage) && this.#waitedMs < OTHERS_MS) {
      this.#tell(redacted`other roles' calls hold what is left of the budget`, OTHERS_MS);
      return POLL_MS.others;
    }
    const about = `${shortage.scope} ${shortage.unit} ${shortage.limit}`;
    if (asks && this.#asked !== about) this.#options.notice(budgetQuestion(shortage, this.#options.endpoint));
    if (asks) this.#asked = about;
    this.#told = "";
    this.#asking.onBudget(shortageGist(shortage));
    return POLL_MS.budget;
  }

  /** Once, however often it is looked. */
  #tell(reason: Redacted, delayMs: number): void {
    if (this.#told !== reason) this.#asking.onWait(reason, delayMs);
    this.#told = reason;
  }
}
