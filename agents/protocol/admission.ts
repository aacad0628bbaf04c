/**
 * The record by which a role's model calls are admitted: what it has spent and reserved of the budgets, what it has sent in
 * the last minute, and for what it waits. Each role writes its own, the operator's holds what he has added to the budgets;
 * they are looked at together. Pure.
 */
import { z } from "zod";
import { type Amount, addAmounts, NOTHING, type Scope, type Standings } from "./budget.ts";
import { parseWire } from "./message.ts";
import type { Role } from "./roles.ts";

/** Of one session or one day (UTC), which `id` names. */
export type Sum = Amount & { id: string };
/** A call that is under way, at the most that it may cost. */
export type Open = Amount & { id: string; session: string; day: string };
/** What was sent, or is known to have been used by others, as a provider counts it; `at` in milliseconds of Redis' clock. */
export type Recent = { id: string; at: number; tokens: number };
/** `seen` is renewed while it goes on; one of those who wait for a budget asks the operator. */
export type Waiting = {
  for: "budget" | "rate";
  since: number;
  seen: number;
  isOperators: boolean;
  asks: boolean;
};

export type Admission = {
  /** Whose reservations these are: another holder of the role's lease takes over from a dead one. */
  holder: string;
  /** `model at server`: who has the same shares its limits. */
  server: string;
  session: Sum;
  day: Sum;
  open: readonly Open[];
  recent: readonly Recent[];
  /** The server wants nothing before. */
  holdUntil: number;
  waiting?: Waiting | undefined;
};
export type Admissions = Partial<Record<Role, Admission>>;
export type Raised = Readonly<Record<Scope, Sum>>;
/** What is looked at together. */
export type Seen = { admissions: Admissions; raised: Raised };

/** Limits of a provider count by the minute. */
export const WINDOW_MS = 60_000;
/** Who has not renewed it for so long does not wait any more. */
const STALE_MS = 30_000;
const MAX_OPEN = 100;
const MAX_RECENT = 20_000;

const amount = z.number().min(0).max(1e15);
const text = z.string().max(400);
const sum = z.object({ id: text, tokens: amount, dollars: amount });
const time = z.number().min(0).max(1e14);
const shape = z.object({
  ...{ holder: text, server: text, session: sum, day: sum, holdUntil: time },
  open: z.array(sum.extend({ session: text, day: text })).max(MAX_OPEN),
  recent: z.array(z.object({ id: text, at: time, tokens: amount })).max(MAX_RECENT),
  waiting: z
    .object({
      for: z.enum(["budget", "rate"]),
      since: time,
      seen: time,
      isOperators: z.boolean(),
      asks: z.boolean(),
    })
    .optional(),
});
const raisedShape = z.object({ session: sum, day: sum });
const NO_SUM: Sum = { id: "", ...NOTHING };
export const NOTHING_RAISED: Raised = { session: NO_SUM, day: NO_SUM };

/** Undefined for what is none: nothing was spent then. */
export function parseAdmission(json: string | null | undefined): Admission | undefined {
  return json ? shape.safeParse(parseWire(json)).data : undefined;
}

export function parseRaised(json: string | null | undefined): Raised {
  return (json ? raisedShape.safeParse(parseWire(json)).data : undefined) ?? NOTHING_RAISED;
}

export function isWaiting({ waiting }: Admission, what: Waiting["for"], now: number): boolean {
  return waiting?.for === what && now - waiting.seen < STALE_MS;
}

export function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

export type Scopes = Readonly<Record<Scope, string>>;

export function raise(before: Raised, more: Amount, scopes: Scopes): Raised {
  const raised = (scope: Scope): Sum => {
    const known = before[scope].id === scopes[scope] ? before[scope] : NOTHING;
    return { id: scopes[scope], ...addAmounts(known, more) };
  };
  return { session: raised("session"), day: raised("day") };
}

/** Of all roles together. */
export function standingsOf({ admissions, raised }: Seen, scopes: Scopes): Standings {
  const of = (scope: Scope) => {
    const all = Object.values(admissions);
    const id = scopes[scope];
    const spent = all.map((one) => one[scope]).filter((one) => one.id === id);
    const reserved = all.flatMap(({ open }) => open).filter((one) => one[scope] === id);
    return {
      spent: spent.reduce<Amount>(addAmounts, NOTHING),
      reserved: reserved.reduce<Amount>(addAmounts, NOTHING),
      raised: raised[scope].id === id ? raised[scope] : NOTHING,
    };
  };
  return { session: of("session"), day: of("day") };
}

/** Who this record is continued by, and for which session and day; `before` is what the session had cost without a record. */
export type Now = {
  holder: string;
  server: string;
  scopes: Scopes;
  now: number;
  before?: Amount | undefined;
};

/** The role's record as of now: what belongs to another session, day or minute is out of it. */
export function continued(
  known: Admission | undefined,
  { holder, server, scopes, now, before }: Now,
): Admission {
  const own = known?.holder === holder ? known : known && adopted(known, holder);
  const startsToday = scopes.session.startsWith(scopes.day.replaceAll("-", ""));
  const first = own ? NOTHING : (before ?? NOTHING);
  const session =
    own?.session.id === scopes.session ? own.session : { id: scopes.session, ...(before ?? NOTHING) };
  const day = own?.day.id === scopes.day ? own.day : { id: scopes.day, ...(startsToday ? first : NOTHING) };
  return {
    ...{ holder, server, session, day, open: own?.open ?? [], holdUntil: own?.holdUntil ?? 0 },
    recent: (own?.recent ?? []).filter(({ at }) => at > now - WINDOW_MS),
    waiting: own?.waiting,
  };
}

/** What a dead holder had under way may have been answered and paid: it counts as spent, whole. */
export function adopted(record: Admission, holder: string): Admission {
  const ended = record.open.reduce((sum, open) => withCost(sum, open, open), record);
  return { ...ended, open: [], holder, waiting: undefined };
}

/** The end of a call: what it has really cost stands in the place of what was reserved. */
export function settled(record: Admission, id: string, cost: Amount & { counted?: number }): Admission {
  const open = record.open.find((one) => one.id === id);
  if (!open) return record; // a repetition, or taken over
  const { counted } = cost;
  const recent = record.recent.map((one) =>
    one.id === id && counted !== undefined ? { ...one, tokens: counted } : one,
  );
  return { ...withCost(record, open, cost), open: record.open.filter((one) => one !== open), recent };
}

function withCost(record: Admission, open: Open, cost: Amount): Admission {
  const plus = (scope: Scope): Sum =>
    record[scope].id === open[scope]
      ? { id: open[scope], ...addAmounts(record[scope], cost) }
      : record[scope];
  return { ...record, session: plus("session"), day: plus("day") };
}
