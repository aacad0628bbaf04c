/** What becomes of a change that is posted, from what is known of it at one moment: decided, spent and recorded together. Pure. */
import type { Ruled, Standing } from "../bus/approvals.ts";
import { type Circumstances, type Ruling, rule, type Want } from "../governance/gate.ts";
import { type Dials, dialsIn } from "../protocol/dials.ts";
import type { PostedChange } from "../protocol/posted-change.ts";
import { ours, type Redacted, redacted } from "../redact/redacted.ts";
import type { Proposal } from "../tools/tool.ts";
import { refusalText } from "./approval-words.ts";

export type Found = Proposal & { want: Want };
export type Outcome = Ruling | { kind: "expired" };
export type Decided = { standing: Standing; outcome: Outcome };
/** `isFinal`: whatever is decided is spent and recorded; else it is only asked. */
export type At = { found: Found; posted: PostedChange; isFinal: boolean };

export function decideOn(
  { found, posted, isFinal, dials }: At & { dials: Dials },
  standing: Standing,
): Ruled<Decided> {
  const ruling = rule(found.want, circumstancesOf(standing, dials));
  const isLate = ruling.kind === "ask" && standing.now >= posted.until;
  const outcome: Outcome = isLate ? { kind: "expired" } : ruling;
  const result = { standing, outcome };
  if (!isFinal || outcome.kind === "ask") return { result };
  if (outcome.kind !== "allow")
    return {
      result,
      posted: { ...posted, state: "refused", outcome: refusalText(outcome, standing, dials) },
    };
  return {
    result,
    spend: { grants: outcome.grants, call: found.want.call },
    posted: { ...posted, state: "begun", outcome: grantedBy(outcome) },
  };
}

export function circumstancesOf({ control, set, ...standing }: Standing, begun: Dials): Circumstances {
  const { session, epoch } = control;
  return { ...standing, session, epoch, dials: dialsIn(session, begun, set) };
}

function grantedBy({ grants, isAdvised }: Extract<Ruling, { kind: "allow" }>): Redacted {
  if (isAdvised) return redacted`nobody was asked: advise`;
  return ours(grants.map(({ grantor }) => grantor).join(" and "));
}
