/** What a change does, as data: one row for each thing, whether a plan, a playbook or a command does it. */
import type { Effect } from "./effects.ts";

/** Where it happens: through the cluster's API, on its hosts, on the machine of the team, in the team's files and states. */
export type Place = "cluster" | "host" | "controller" | "workspace";

/** Why somebody has to look at it; there is no low risk. */
export type RiskKind =
  | "destroy"
  | "storage"
  | "quorum"
  | "credentials"
  | "access"
  | "stops"
  | "node"
  | "adopts"
  | "production"
  | "commands"
  | "unclear";

export type Risk = { kind: RiskKind; why: string };

export type Action =
  | "read"
  | "create"
  | "update"
  | "replace"
  | "delete"
  | "forget"
  | "move"
  | "import"
  | "output"
  | "run"
  /** A command that the thing has, and that is not run this time. */
  | "skip";

export type ChangeRow = {
  action: Action;
  /** Terraform's address, or a task's name with its module. */
  what: string;
  /** More of it: why a resource is replaced, the text of a command, what is not understood. */
  details?: string;
  /** A guest's number. */
  id?: string;
  name?: string;
  /** Of the cluster, as the plan names it. */
  node?: string;
  /** As a play's pattern names them. */
  hosts?: string;
  where: Place;
  effect: Effect;
  risks: Risk[];
};

/** `effect`: of all rows together; without a row it only reads. */
export type Change = { effect: Effect; rows: ChangeRow[] };

/** From nothing to the cluster. */
export const ORDER: readonly Effect[] = ["read", "workspace", "infrastructure"];

export function strongest(effects: readonly Effect[]): Effect {
  return ORDER[Math.max(0, ...effects.map((effect) => ORDER.indexOf(effect)))] ?? "infrastructure";
}

export function changeOf(rows: ChangeRow[]): Change {
  return { effect: strongest(rows.map(({ effect }) => effect)), rows };
}

/** What nobody could look through is taken for the worst. */
export function unclearRow(what: string, reason: string, where: Place = "controller"): ChangeRow {
  const risks: Risk[] = [{ kind: "unclear", why: reason }];
  return { action: "run", what, details: reason, where, effect: "infrastructure", risks };
}

/** Each once, in the order in which they were found. */
export function distinctRisks(risks: readonly Risk[]): Risk[] {
  return [...new Map(risks.map((risk) => [`${risk.kind} ${risk.why}`, risk])).values()];
}
