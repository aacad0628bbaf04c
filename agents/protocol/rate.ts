/** The provider's limits of a minute, which all roles that use a server share: how long a request has to wait. Pure. */
import {
  type Admission,
  type Admissions,
  isWaiting,
  type Recent,
  type Waiting,
  WINDOW_MS,
} from "./admission.ts";
import { ROLES, type Role } from "./roles.ts";

/** By the minute; undefined is not known. */
export type RateLimits = { requests?: number | undefined; tokens?: number | undefined };

/** What a server says of one of its limits. */
export type Told = { limit: number; remaining: number };

export type Request = {
  server: string;
  /** Tokens that the provider will probably count. */
  expected: number;
  isOperators: boolean;
  rate: RateLimits;
  now: number;
};

/** How long who is not the first in line waits before it looks again. */
const IN_LINE_MS = 200;
/** Names what others than the team have used, as the server tells: tokens without a request of ours. */
const OTHERS = "others";

/** In milliseconds; 0: it may be sent. */
export function rateWait(role: Role, admissions: Admissions, request: Request): number {
  const { server, rate, now } = request;
  const sharing = sharingWith(server, Object.values(admissions));
  const hold = Math.max(0, ...sharing.map(({ holdUntil }) => holdUntil - now));
  if (hold > 0) return hold;
  if (rate.requests === undefined && rate.tokens === undefined) return 0;
  return Math.max(
    roomIn(recentOf(sharing, now), request),
    isBehind(role, admissions, request) ? IN_LINE_MS : 0,
  );
}

/** The operator's work first, then who has waited longest. */
function isBehind(role: Role, admissions: Admissions, { server, isOperators, now }: Request): boolean {
  const own = admissions[role]?.waiting;
  const since = own?.for === "rate" ? own.since : now;
  const isBefore = (other: Waiting) =>
    other.isOperators === isOperators ? other.since < since : other.isOperators;
  return ROLES.some((one) => {
    const other = admissions[one];
    const waits = one !== role && other?.server === server && isWaiting(other, "rate", now);
    return waits && other.waiting !== undefined && isBefore(other.waiting);
  });
}

/** Until enough of the last minute has passed. What is more than a whole minute's may go alone. */
function roomIn(recent: readonly Recent[], { rate, expected, now }: Request): number {
  const { requests = Number.POSITIVE_INFINITY, tokens = Number.POSITIVE_INFINITY } = rate;
  const byAge = recent.toSorted((a, b) => a.at - b.at);
  let count = byAge.filter(isOurs).length;
  let sum = tokensIn(byAge);
  let freeAt = now;
  for (const one of byAge) {
    if (count + 1 <= requests && sum + expected <= tokens) break;
    freeAt = one.at + WINDOW_MS;
    if (isOurs(one)) count--;
    sum -= one.tokens;
  }
  return freeAt - now;
}

/** What others have used of a server's limit, as far as it has told more than the roles have sent. */
export function withOthers(
  own: Admission,
  others: readonly Admission[],
  told: Told & { now: number },
): Admission {
  const { limit, remaining, now } = told;
  const sent = tokensIn(recentOf(sharingWith(own.server, [...others, own]), now));
  const more = limit - remaining - sent;
  if (more <= 0) return own;
  return { ...own, recent: [...own.recent, { id: `${OTHERS}-${now}`, at: now, tokens: more }] };
}

function sharingWith(server: string, admissions: readonly Admission[]): Admission[] {
  return admissions.filter((one) => one.server === server);
}

function recentOf(admissions: readonly Admission[], now: number): Recent[] {
  return admissions.flatMap((one) => one.recent).filter(({ at }) => at > now - WINDOW_MS);
}

function tokensIn(recent: readonly Recent[]): number {
  return recent.reduce((sum, { tokens }) => sum + tokens, 0);
}

function isOurs({ id }: Recent): boolean {
  return !id.startsWith(OTHERS);
}
