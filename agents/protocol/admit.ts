/** Whether a model call may be sent now: the budgets first, then the provider's limits; and what is left of it at its end. Pure. */
import {
  type Admission,
  continued,
  isWaiting,
  type Now,
  type Open,
  type Seen,
  settled,
  standingsOf,
  type Waiting,
} from "./admission.ts";
import { type Amount, type Limits, type Shortage, shortageOf, type Want } from "./budget.ts";
import { type Request, rateWait, type Told, withOthers } from "./rate.ts";
import { ROLES, type Role } from "./roles.ts";

export type Ask = Omit<Request, "now"> & {
  /** Of this call alone. */
  id: string;
  session: string;
  want: Want;
  limits: Limits;
  /** What the role's ledger has of the session, for a record that begins with it. */
  before?: Amount | undefined;
};

export type Outcome =
  | { kind: "admitted" }
  /** `asks`: this role is the one that asks the operator. */
  | { kind: "budget"; shortage: Shortage; asks: boolean }
  | { kind: "rate"; waitMs: number };

/** How often who waits says that it still does. */
const RENEW_MS = 10_000;

/** `record` is to be written; without it nothing is. */
export function admit(role: Role, seen: Seen, ask: Ask & Now): { outcome: Outcome; record?: Admission } {
  const { now, scopes, want } = ask;
  const own = continued(seen.admissions[role], ask);
  const admissions = { ...seen.admissions, [role]: own };
  const shortage = shortageOf(want, standingsOf({ ...seen, admissions }, scopes), ask.limits);
  if (shortage) {
    const asks = !othersOf(role, seen).some((one) => isWaiting(one, "budget", now) && one.waiting?.asks);
    return { outcome: { kind: "budget", shortage, asks }, ...keepWaiting(own, { for: "budget", asks }, ask) };
  }
  const waitMs = rateWait(role, admissions, ask);
  if (waitMs > 0)
    return { outcome: { kind: "rate", waitMs }, ...keepWaiting(own, { for: "rate", asks: false }, ask) };
  const open: Open = { id: ask.id, ...scopes, tokens: want.tokens, dollars: want.dollars ?? 0 };
  const sent = { id: ask.id, at: now, tokens: ask.expected };
  const record = { ...own, waiting: undefined, open: [...own.open, open], recent: [...own.recent, sent] };
  return { outcome: { kind: "admitted" }, record };
}

function keepWaiting(own: Admission, what: Pick<Waiting, "for" | "asks">, { now, isOperators }: Ask & Now) {
  const before = own.waiting?.for === what.for ? own.waiting : undefined;
  const isSame = before?.isOperators === isOperators && before.asks === what.asks;
  if (before && isSame && now - before.seen < RENEW_MS) return {};
  const waiting = { ...what, since: before?.since ?? now, seen: now, isOperators };
  return { record: { ...own, waiting } };
}

/** What a call has really cost, what the provider counts of it, and what it says is left. */
export type Ended = {
  id: string;
  cost: Amount;
  counted: number;
  told?: Told | undefined;
  /** The server wants nothing for so long. */
  holdMs?: number | undefined;
};

/** The role's record after calls have ended; repeating it changes nothing. */
export function ended(
  own: Admission,
  calls: readonly Ended[],
  seen: Seen & { role: Role; now: number },
): Admission {
  const { role, now } = seen;
  return calls.reduce((record, { id, cost, counted, told, holdMs = 0 }) => {
    const after = settled(record, id, { ...cost, counted });
    const held = { ...after, holdUntil: Math.max(after.holdUntil, holdMs > 0 ? now + holdMs : 0) };
    return told ? withOthers(held, othersOf(role, seen), { ...told, now }) : held;
  }, own);
}

function othersOf(role: Role, { admissions }: Seen): Admission[] {
  return ROLES.filter((one) => one !== role).flatMap((one) => admissions[one] ?? []);
}
