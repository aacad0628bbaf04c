/**
 * The accounts by which model calls are admitted, in Redis: a record a role, which it writes alone, under its lease. Who is
 * admitted has seen the records of all under WATCH, so that several at once are not admitted to what one would use up.
 */
import {
  type Admission,
  adopted,
  dayOf,
  parseAdmission,
  parseRaised,
  raise,
  type Scopes,
  type Seen,
} from "../protocol/admission.ts";
import { type Ask, admit, type Ended, ended, type Outcome } from "../protocol/admit.ts";
import { OPERATOR, ROLES, type Role } from "../protocol/roles.ts";
import type { Spent } from "../protocol/spending.ts";
import type { Redactor } from "../redact/redact.ts";
import { type Account, type Budgets, leaseLostError, type WaitOptions } from "./bus.ts";
import { noSession } from "./decisions.ts";
import type { Look, RedisCommand } from "./look.ts";
import { readEarlierLedgers, readOwnLedger } from "./redis-ledger.ts";
import {
  admissionKey,
  CONTROL_KEY,
  leaseKey,
  parseControlState,
  parseTime,
  READ_CONTROL,
  READ_TIME,
} from "./redis-schema.ts";
import type { RedisStore } from "./redis-store.ts";

/** In one order: the operator's record, then those of the roles. */
const KEYS = ([OPERATOR, ...ROLES] as const).map((sender) => admissionKey(sender));
const READS: readonly RedisCommand[] = KEYS.map((key) => ["GET", key] as const);

export type AccountOptions = { store: RedisStore; role: Role; lease: string; redactor: Redactor };

export class RedisAccount implements Account {
  readonly #options: AccountOptions;
  readonly #look: Look;
  /** What others have does not change what is written. */
  readonly #ownLook: Look;

  constructor(options: AccountOptions) {
    const lease = leaseKey(options.role);
    const reads: RedisCommand[] = [["GET", lease], READ_TIME, ...READS];
    this.#options = options;
    this.#look = { watch: [lease, ...KEYS], reads };
    this.#ownLook = { watch: [lease, admissionKey(options.role)], reads };
  }

  async admit(ask: Ask, { signal }: WaitOptions): Promise<Outcome> {
    signal.throwIfAborted();
    const { store, role, lease } = this.#options;
    return await store.transact(this.#look, (replies) => {
      const { seen, now } = this.#found(replies);
      const scopes = { session: ask.session, day: dayOf(now) };
      const { outcome, record } = admit(role, seen, { ...ask, holder: lease, scopes, now });
      return record ? { result: outcome, write: [this.#write(record)] } : { result: outcome };
    });
  }

  async settle(calls: readonly Ended[], { signal }: WaitOptions): Promise<void> {
    signal.throwIfAborted();
    const { role } = this.#options;
    await this.#change((own, seen, now) => ended(own, calls, { ...seen, role, now }));
  }

  async leave({ signal }: WaitOptions): Promise<void> {
    signal.throwIfAborted();
    await this.#change((own) => ({ ...own, waiting: undefined }));
  }

  /** What a dead holder of the lease has left under way, or waiting. */
  async adopt(): Promise<void> {
    const { lease } = this.#options;
    await this.#change((own) => (own.holder === lease ? own : adopted(own, lease)));
  }

  async spent(session: string, { signal }: WaitOptions): Promise<Spent[]> {
    signal.throwIfAborted();
    const { store, role, redactor } = this.#options;
    return await readOwnLedger(store, { role, session }, redactor);
  }

  /** Of a record that there is; `change` gives the same back when nothing is to be written. */
  async #change(change: (own: Admission, seen: Seen, now: number) => Admission): Promise<void> {
    const { store, role } = this.#options;
    await store.transact(this.#ownLook, (replies) => {
      const { seen, now } = this.#found(replies);
      const own = seen.admissions[role];
      const record = own && change(own, seen, now);
      return record && record !== own
        ? { result: undefined, write: [this.#write(record)] }
        : { result: undefined };
    });
  }

  #found([holder, time, ...records]: unknown[]): { seen: Seen; now: number } {
    const { role, lease } = this.#options;
    if (holder !== lease) throw leaseLostError(role);
    return { seen: seenIn(records), now: parseTime(time).getTime() };
  }

  #write(record: Admission): RedisCommand {
    return ["SET", admissionKey(this.#options.role), JSON.stringify(record)];
  }
}

function seenIn([raised, ...records]: unknown[]): Seen {
  const entries = ROLES.flatMap((role, index) => {
    const admission = parseAdmission(records[index] as string | null);
    return admission ? [[role, admission]] : [];
  });
  return { admissions: Object.fromEntries(entries), raised: parseRaised(raised as string | null) };
}

/** AppError `unavailable` before the first session. */
export function redisBudgets(store: RedisStore, redactor: Redactor): Budgets {
  const key = admissionKey(OPERATOR);
  const look: Look = { watch: [CONTROL_KEY, key], reads: [READ_CONTROL, READ_TIME, ["GET", key]] };
  return {
    async read({ signal }) {
      signal.throwIfAborted();
      const [control, time, ...records] = await store.pipeline([READ_CONTROL, READ_TIME, ...READS]);
      return { ...seenIn(records), scopes: scopesOf(control, time) };
    },
    async raise(more, { signal }) {
      signal.throwIfAborted();
      await store.transact(look, ([control, time, known]) => {
        const raised = raise(parseRaised(known as string | null), more, scopesOf(control, time));
        return { result: undefined, write: [["SET", key, JSON.stringify(raised)]] };
      });
    },
    async earlier({ signal }) {
      signal.throwIfAborted();
      return await readEarlierLedgers(store, redactor);
    },
  };
}

function scopesOf(control: unknown, time: unknown): Scopes {
  const session = parseControlState(control)?.session;
  if (session === undefined) throw noSession();
  return { session, day: dayOf(parseTime(time).getTime()) };
}
