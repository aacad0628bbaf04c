/** What the session has cost so far, followed as the team works: it reads the ledger again when something was done. */
import type { Bus, LiveEvent } from "../agents/bus/bus.ts";
import { type Limits, NO_LIMITS } from "../agents/protocol/budget.ts";
import { NO_PRICES, type Prices } from "../agents/protocol/prices.ts";
import type { Spending } from "../agents/protocol/spending.ts";
import { costLine, costOfAll } from "./cost.ts";
import { Forecaster } from "./forecast.ts";
import type { Records } from "./records.ts";

/** At most one look in this time: who works tells so every few seconds. */
const REFRESH_MS = 2_000;
/** After these the ledger may say something else. */
const NEWS: readonly LiveEvent["kind"][] = ["activity", "message", "control", "call"];

/** Of the models, and of the session and the day; none unless told. */
export type MeterOptions = { prices?: Prices; limits?: Limits };

export class Meter {
  readonly prices: Prices;
  readonly limits: Limits;
  readonly forecaster: Forecaster;
  readonly #records: Records;
  #line = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(records: Records, { prices = NO_PRICES, limits = NO_LIMITS }: MeterOptions) {
    this.#records = records;
    this.prices = prices;
    this.limits = limits;
    this.forecaster = new Forecaster(records, prices);
  }

  /** "" while nothing was spent, and until the ledger was read. */
  get line(): string {
    return this.#line;
  }

  /** From now on; `onChange` when the line has changed. */
  follow(bus: Bus, { onChange, signal }: { onChange: () => void; signal: AbortSignal }): void {
    const look = () => {
      this.#timer = undefined;
      const before = this.#line;
      void this.read().then(() => this.#line === before || onChange());
    };
    const stop = bus.watch(({ kind }) => {
      if (!NEWS.includes(kind) || this.#timer) return;
      this.#timer = setTimeout(look, REFRESH_MS);
      this.#timer.unref();
    });
    const end = () => {
      stop();
      clearTimeout(this.#timer);
    };
    signal.addEventListener("abort", end, { once: true });
    look();
  }

  /** Of this session; undefined while Redis is away. */
  async read(): Promise<Spending[] | undefined> {
    const spending = await this.#records.ask((bus, options) => bus.spending(options));
    if (spending) this.#line = costLine(costOfAll(spending, this.prices));
    return spending;
  }
}
