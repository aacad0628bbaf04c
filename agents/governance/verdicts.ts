/** What is known of each criterion: from the checks that were run, what was changed since, and what the operator said. */
import type { Check, Criterion, Ruling } from "../protocol/criterion.ts";
import { ANYWHERE, type Deed } from "../protocol/deed.ts";
import type { Mission } from "../protocol/mission.ts";

export type Verdict = "proved" | "accepted" | "failed" | "stale" | "open" | "not checkable";
/** `why` goes on from the verdict, for people and models. */
export type Judged = {
  criterion: Criterion;
  verdict: Verdict;
  why: string;
  check?: Check | undefined;
  ruling?: Ruling | undefined;
};

type Known = Pick<Mission, "criteria" | "checks" | "rulings" | "deeds">;

export function judgeCriteria(mission: Known): Judged[] {
  return mission.criteria.map((criterion) => judge(criterion, mission));
}

export function isSettled({ verdict }: Judged): boolean {
  return verdict === "proved" || verdict === "accepted";
}

function judge(criterion: Criterion, { checks, rulings, deeds }: Known): Judged {
  const { id, revision, command } = criterion;
  const ruling = rulings.find((each) => each.criterion === id);
  const check = checks.find((each) => each.criterion === id && each.revision === revision);
  const judged = (verdict: Verdict, why: string): Judged => ({ criterion, verdict, why, check, ruling });
  if (ruling?.kind === "accept" && ruling.revision === revision) return judged("accepted", "by the operator");
  if (ruling?.kind === "correct" && ruling.revision === revision)
    return judged("open", "the operator has corrected it: record it anew");
  if (command === undefined)
    return judged("not checkable", "only the operator can accept it: /checks accept");
  if (!check || (ruling?.kind === "reopen" && check.began <= ruling.at))
    return judged("open", ruling ? "the operator has reopened it" : "no check was run");
  if (!check.passed) return judged("failed", `on ${failedOn(check)}`);
  const changes = deeds.filter((deed) => isChange(deed) && touches(deed, criterion));
  const later = changes.find(({ at }) => at >= check.began);
  if (later) return judged("stale", `${later.tool} changed ${later.hosts.join(", ")} after the check`);
  return provesSomething(check, changes)
    ? judged("proved", "by a check after the last change")
    : judged("open", NOTHING_DONE);
}

const NOTHING_DONE =
  "its check passed before anything was done there, which proves nothing: give it a control that must fail, or the operator accepts it";

/** Something was done there before, or what must not show it did not. */
function provesSomething({ control }: Check, changes: readonly Deed[]): boolean {
  return control === undefined ? changes.length > 0 : !control.passed;
}

/** Also one whose end is not known. */
export function isChange({ kind, outcome }: Deed): boolean {
  return kind === "change" && outcome !== "refused";
}

function touches({ hosts }: Deed, criterion: Criterion): boolean {
  return hosts.includes(ANYWHERE as never) || criterion.hosts.some((host) => hosts.includes(host));
}

function failedOn({ seen }: Check): string {
  const hosts = seen.filter(({ passed }) => !passed).map(({ host }) => host);
  return hosts.join(", ") || "its control, which shows the same";
}
