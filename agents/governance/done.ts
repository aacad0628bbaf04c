/** Whether a mission is done: each change read back since, each criterion proved or accepted. What is missing, in plain lines. */
import { ANYWHERE, type Deed } from "../protocol/deed.ts";
import type { Mission } from "../protocol/mission.ts";
import { COORDINATOR } from "../protocol/roles.ts";
import { isAbout, subjectsOf } from "./subjects.ts";
import { isChange, isSettled, type Judged, judgeCriteria } from "./verdicts.ts";

/** A look by hosts and subjects, when it began. */
type Look = { hosts: readonly string[]; subjects: readonly string[]; at: number };

/** Empty when the mission is done. What only informs, with no criteria and no change, is done when it says so. */
export function missingForDone(mission: Mission): string[] {
  const judged = judgeCriteria(mission);
  const changes = mission.deeds.filter(isChange);
  const working = mission.working.filter((role) => role !== COORDINATOR);
  return [
    ...working.map((role) => `${role} is still at work: wait for its report`),
    ...(changes.length > 0 && judged.length === 0 ? [NO_CRITERIA] : []),
    ...judged.filter((each) => !isSettled(each)).map(line),
    ...unread(changes, looksIn(mission)),
  ];
}

const NO_CRITERIA =
  "something was changed, and no criterion is recorded: record_criteria, then have QA_Tester run record_check for each";

function line({ criterion, verdict, why }: Judged): string {
  return `${criterion.id} is ${verdict}: ${why}`;
}

/** Each thing once, by the last change of it. */
function unread(changes: readonly Deed[], looks: readonly Look[]): string[] {
  const open = changes.filter((change) => !looks.some((look) => showsChange(look, change)));
  return [...new Set(open.map(describe))];
}

function showsChange({ hosts, subjects, at }: Look, change: Deed): boolean {
  if (at <= change.at || !isAbout(subjects, change.subjects)) return false;
  return change.hosts.some((host) => host === ANYWHERE || hosts.includes(host));
}

function describe({ tool, hosts, subjects, outcome }: Deed): string {
  const what = subjects.slice(0, 5).join(", ");
  const where = hosts.includes(ANYWHERE as never) ? "the cluster" : hosts.join(", ");
  const doubt = outcome === "ok" ? "" : ` (${outcome})`;
  return `what ${tool} changed on ${where}${doubt} was not read back since: ${what || "a look that names it"}`;
}

/** Calls that only looked, and the checks. */
function looksIn({ deeds, checks, criteria }: Mission): Look[] {
  const reads = deeds.filter(({ kind, outcome }) => kind === "read" && outcome === "ok");
  const checked = checks.flatMap(({ criterion, began, seen }): Look[] => {
    const command = criteria.find(({ id }) => id === criterion)?.command;
    const hosts = seen.filter(({ passed }) => passed).map(({ host }) => host);
    return command === undefined ? [] : [{ hosts, subjects: subjectsOf(command), at: began }];
  });
  return [...reads, ...checked];
}
