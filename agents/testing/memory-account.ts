/** The accounts inside one process: the same decisions over records of the test's own; see memory-bus.ts. */
import { randomUUID } from "node:crypto";
import type { Account, Budgets, Bus, WaitOptions } from "../bus/bus.ts";
import {
  type Admission,
  type Admissions,
  adopted,
  dayOf,
  NOTHING_RAISED,
  type Raised,
  raise,
  type Scopes,
  type Seen,
} from "../protocol/admission.ts";
import { type Ask, admit, type Ended, ended, type Outcome } from "../protocol/admit.ts";
import type { Role } from "../protocol/roles.ts";
import type { Spent } from "../protocol/spending.ts";

export class MemoryAccounts {
  admissions: Admissions = {};
  raised: Raised = NOTHING_RAISED;
  /** In milliseconds since the epoch. */
  readonly clock: () => number;

  constructor(clock: () => number) {
    this.clock = clock;
  }

  seen(session: string): Seen & { scopes: Scopes } {
    return { admissions: this.admissions, raised: this.raised, scopes: this.scopes(session) };
  }

  scopes(session: string): Scopes {
    return { session, day: dayOf(this.clock()) };
  }

  budgets(session: () => string, bus: Pick<Bus, "spending"> & Ledger): Budgets {
    return {
      read: async () => this.seen(session()),
      raise: async (more) => {
        this.raised = raise(this.raised, more, this.scopes(session()));
      },
      earlier: async (options) => {
        const sessions = new Set(bus.ledger.map(({ message }) => message.session).reverse());
        sessions.delete(session());
        return await Promise.all([...sessions].map((each) => bus.spending({ ...options, session: each })));
      },
    };
  }
}

type Ledger = { ledger: readonly { message: { session: string } }[] };

export type MemoryAccountOptions = {
  bus: Pick<Bus, "spending"> & { accounts: MemoryAccounts };
  role: Role;
  leaseLost: AbortSignal;
};

export class MemoryAccount implements Account {
  readonly #options: MemoryAccountOptions;
  readonly #accounts: MemoryAccounts;
  readonly #holder = randomUUID();

  constructor(options: MemoryAccountOptions) {
    this.#options = options;
    this.#accounts = options.bus.accounts;
    const left = this.#accounts.admissions[options.role];
    if (left) this.#write(adopted(left, this.#holder));
  }

  async admit(ask: Ask): Promise<Outcome> {
    const { role, leaseLost } = this.#options;
    leaseLost.throwIfAborted();
    const accounts = this.#accounts;
    const own = { holder: this.#holder, scopes: accounts.scopes(ask.session), now: accounts.clock() };
    const { outcome, record } = admit(role, accounts, { ...ask, ...own });
    if (record) this.#write(record);
    return outcome;
  }

  async settle(calls: readonly Ended[]): Promise<void> {
    const { role, leaseLost } = this.#options;
    leaseLost.throwIfAborted();
    const { admissions, raised, clock } = this.#accounts;
    const own = admissions[role];
    if (own) this.#write(ended(own, calls, { admissions, raised, role, now: clock() }));
  }

  async leave(): Promise<void> {
    const own = this.#accounts.admissions[this.#options.role];
    if (own) this.#write({ ...own, waiting: undefined });
  }

  async spent(session: string, options: WaitOptions): Promise<Spent[]> {
    const spending = await this.#options.bus.spending({ session, ...options });
    return spending.filter(({ role }) => role === this.#options.role);
  }

  #write(record: Admission): void {
    this.#accounts.admissions = { ...this.#accounts.admissions, [this.#options.role]: record };
  }
}
