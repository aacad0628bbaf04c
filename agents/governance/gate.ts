/**
 * Whether a call may change what it would change: allow, deny, or ask. Pure: from what it changes, who asks, the dials and the
 * grants that there are. No text of a model, a peer or a page is looked at; nothing here waits.
 */
import type { Dials } from "../protocol/dials.ts";
import { type Grant, type Grantor, REVIEWER, type Spends } from "../protocol/grant.ts";
import { OPERATOR, type Role } from "../protocol/roles.ts";
import { ORDER, type Risk, type RiskKind } from "./change.ts";
import type { Effect } from "./effects.ts";

/** The most that a role may change, whatever is granted. */
export const ROLE_LIMITS: Readonly<Record<Role, Effect>> = {
  Architect_Zero: "workspace",
  DevOps_Builder: "infrastructure",
  Security_Sentinel: "read",
  QA_Tester: "read",
};

/** Of these the operator is asked. A command by itself is not among them: its words are judged, and the reviewer reads it. */
const HIGH_RISKS: ReadonlySet<RiskKind> = new Set<RiskKind>([
  ...(["destroy", "storage", "quorum", "credentials", "access", "stops", "node"] as const),
  ...(["adopts", "production", "unclear"] as const),
]);

export function highRisks<Found extends Risk>(risks: readonly Found[]): Found[] {
  return risks.filter(({ kind }) => HIGH_RISKS.has(kind));
}

export type Want = {
  role: Role;
  effect: Effect;
  /** The digest of exactly what would run. */
  change: string;
  isHighRisk: boolean;
  /** The reviewer cannot be shown all of it. */
  isUnshown: boolean;
  /** The call that would spend the grants: what it has spent already is still its own. */
  call: string;
};

export type Circumstances = {
  dials: Dials;
  grants: readonly Grant[];
  spends: Spends;
  /** The run at work. */
  session: string;
  epoch: number;
  /** Of the clock that dates grants, in milliseconds. */
  now: number;
};

export type Ruling =
  /** `grants` are spent by it; `isAdvised`: the dial asks nobody. */
  | { kind: "allow"; grants: readonly Grant[]; isAdvised: boolean }
  | { kind: "deny"; by: "role" | "dial" }
  | { kind: "deny"; by: "grantor"; grant: Grant }
  | { kind: "ask"; whom: readonly Grantor[] };

/** The order of what is asked: the role, what may be changed at all, the operator's word, the reviewer's. */
export function rule(want: Want, circumstances: Circumstances): Ruling {
  const { role, effect } = want;
  const { dials } = circumstances;
  if (effect === "read") return allowed([]);
  if (isMore(effect, ROLE_LIMITS[role])) return { kind: "deny", by: "role" };
  if (isMore(effect, dials.changes === "read-only" ? "read" : dials.changes))
    return { kind: "deny", by: "dial" };
  if (effect === "workspace") return allowed([]);
  if (dials.approval === "advise") return { ...allowed([]), isAdvised: true };
  const standing = circumstances.grants.filter((grant) => isStanding(grant, want, circumstances));
  const [operators, reviewers] = [OPERATOR, REVIEWER].map((name) =>
    standing.find(({ grantor }) => grantor === name),
  );
  if (operators?.verdict === "reject") return { kind: "deny", by: "grantor", grant: operators };
  if (operators) return allowed(reviewers?.verdict === "approve" ? [operators, reviewers] : [operators]);
  if (reviewers?.verdict === "reject") return { kind: "deny", by: "grantor", grant: reviewers };
  const whom: Grantor[] = [];
  if (!reviewers && !want.isUnshown) whom.push(REVIEWER);
  if (needsOperator(want, dials)) whom.push(OPERATOR);
  return whom.length > 0 || !reviewers ? { kind: "ask", whom } : allowed([reviewers]);
}

export function needsOperator(
  { isHighRisk, isUnshown }: Pick<Want, "isHighRisk" | "isUnshown">,
  { approval }: Dials,
): boolean {
  return isUnshown || approval === "operator" || (approval === "high-risk" && isHighRisk);
}

/** For this change, in this run, at this time, and spent by nobody else. */
function isStanding(grant: Grant, { change, call }: Want, { spends, ...run }: Circumstances): boolean {
  const spender = spends.get(grant.id);
  return (
    grant.change === change &&
    grant.session === run.session &&
    grant.epoch === run.epoch &&
    grant.at <= run.now &&
    run.now < grant.until &&
    (spender === undefined || spender === call)
  );
}

function isMore(effect: Effect, than: Effect): boolean {
  return ORDER.indexOf(effect) > ORDER.indexOf(than);
}

function allowed(grants: readonly Grant[]): Extract<Ruling, { kind: "allow" }> {
  return { kind: "allow", grants, isAdvised: false };
}
