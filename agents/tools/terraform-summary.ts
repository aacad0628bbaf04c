/** What a plan does, for people and models: deletions first, with the guests, the commands and what is of high risk. */
import type { Change, ChangeRow } from "../governance/change.ts";
import { changeOfPlan, PLAN_KINDS } from "../governance/plan.ts";
import type { Provisioners } from "../governance/plan-commands.ts";

const MAX_LINES = 100;
/** Of the things that are named beside one risk. */
const MAX_NAMES = 5;

/**
 * The counts, then one line a resource, with the commands that run below it, however long: nothing is cut before it is
 * redacted. Undefined provisioners: not known.
 */
export function summarisePlan(json: string, provisioners: Provisioners | undefined): string {
  return summariseChange(changeOfPlan(json, provisioners));
}

/** The same of a plan that was looked through. */
export function summariseChange({ rows }: Change): string {
  const resources = rows.filter(isResource);
  const outputs = rows.filter(({ action }) => action === "output").length;
  const others = rows.filter((row) => !isResource(row) && row.action !== "output" && row.effect !== "read");
  if (resources.length + outputs + others.length === 0) return "Summary: No changes.";
  const counts = PLAN_KINDS.flatMap((kind) => {
    const count = resources.filter(({ action }) => action === kind).length;
    return count > 0 ? [`${count} to ${kind}`] : [];
  });
  if (outputs > 0) counts.push(`${outputs} ${outputs === 1 ? "output changes" : "outputs change"}`);
  const head = counts.length > 0 ? counts.join(", ") : "No resource changes";
  return [`Summary: ${head}.`, ...linesOf(rows), ...riskLines(rows)].join("\n");
}

function isResource({ action }: ChangeRow): boolean {
  return PLAN_KINDS.some((kind) => kind === action);
}

/** The commands of a resource stand behind it. */
function linesOf(rows: readonly ChangeRow[]): string[] {
  const lines: string[] = [];
  let count = 0;
  let last: string | undefined;
  for (const row of rows) {
    const isOwn = isResource(row);
    const isCommand = !isOwn && row.what === last;
    if (isOwn) count++;
    if (isOwn) last = row.what;
    if (row.action === "output" || (!isOwn && !isCommand && row.effect === "read")) continue;
    if (count <= MAX_LINES || (!isOwn && !isCommand)) lines.push(lineOf(row, isCommand));
  }
  return count > MAX_LINES ? [...lines, `  ... and ${count - MAX_LINES} more`] : lines;
}

function lineOf(row: ChangeRow, isCommand: boolean): string {
  const { action, what, details = "", id, name, node } = row;
  if (isCommand) return `    ${details}`;
  if (!isResource(row)) return `  ${what} ${details}`;
  const guest = id ? ` [guest ${[id, name, node && `on ${node}`].filter(Boolean).join(" ")}]` : "";
  return `  ${action} ${what}${guest}${details && ` (${details})`}`;
}

function riskLines(rows: readonly ChangeRow[]): string[] {
  const all = rows.flatMap(({ what, id, risks }) =>
    risks.map(({ kind, why }) => ({ risk: `${kind}: ${why}`, what: id ? `${what} (${id})` : what })),
  );
  return [...Map.groupBy(all, ({ risk }) => risk)].map(([risk, found]) => {
    const names = [...new Set(found.map(({ what }) => what))];
    const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
    return `  High risk, ${risk}: ${names.slice(0, MAX_NAMES).join(", ")}${more}`;
  });
}
