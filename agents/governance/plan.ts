/**
 * What a Terraform plan does, from what `terraform show -json` says of it: deletions first, each resource with its guest and
 * the commands that it runs. Pure; a plan that cannot be read whole is called unclear and taken for a change.
 */
import { ZodError } from "zod";
import { type Action, type Change, type ChangeRow, changeOf, unclearRow } from "./change.ts";
import { type Commands, commandRows, type Provisioners } from "./plan-commands.ts";
import { rowOfData, rowsOfPlanned } from "./plan-data.ts";
import { guestOf, reasonOf } from "./plan-details.ts";
import { risksOfChange } from "./plan-risks.ts";
import { configuredIn, isValues, type Plan, planShape, type ResourceChange } from "./plan-shape.ts";

/** In the order in which they are told. */
export const PLAN_KINDS = ["delete", "replace", "forget", "create", "update", "import", "move"] as const;
type Kind = (typeof PLAN_KINDS)[number];

/** As JSON: what nobody could look through. */
export const MAX_PLAN_CHARS = 2_500_000;

/** `written`: the commands as the plan's file has them, with when they run. */
export function changeOfPlan(json: string, written?: Provisioners): Change {
  if (json.length > MAX_PLAN_CHARS) return unclearPlan("has more than is looked through");
  try {
    const parsed = planShape.safeParse(JSON.parse(json));
    const isPlan =
      parsed.success && (parsed.data.resource_changes ?? parsed.data.format_version) !== undefined;
    return isPlan ? readPlan(parsed.data, written) : unclearPlan("is not the JSON of a plan");
  } catch (error) {
    if (error instanceof SyntaxError) return unclearPlan("is no JSON");
    if (error instanceof RangeError) return unclearPlan("is nested too deeply");
    if (error instanceof ZodError) return unclearPlan("has parts that are not understood");
    throw error;
  }
}

function unclearPlan(reason: string): Change {
  return changeOf([unclearRow("the plan", reason, "cluster")]);
}

function readPlan(plan: Plan, written: Provisioners | undefined): Change {
  const configured = configuredIn(plan);
  const commands = { written, configured };
  const changes = (plan.resource_changes ?? []).flatMap((change) =>
    kindsOf(change).map((kind) => ({ kind, change })),
  );
  const ordered = PLAN_KINDS.flatMap((kind) => changes.filter((change) => change.kind === kind));
  return changeOf([
    ...oddities(plan),
    ...ordered.flatMap(({ kind, change }) => rowsOf(kind, change, commands)),
    ...(plan.resource_changes ?? []).flatMap(rowsOfOther),
    ...rowsOfPlanned(plan, configured),
    ...rowsOfOutputs(plan),
  ]);
}

/** What is in a plan of a later Terraform, or of one that failed. */
function oddities(plan: Plan): ChangeRow[] {
  const odd = [
    plan.format_version !== undefined &&
      !plan.format_version.startsWith("1.") &&
      "has a form that is not known",
    plan.errored === true && "could not be made whole",
    plan.deferred_changes.length > 0 && "leaves changes for later",
    plan.action_invocations.length + plan.deferred_action_invocations.length > 0 && "invokes actions",
  ];
  return odd.flatMap((reason) => (reason === false ? [] : [unclearRow("the plan", reason, "cluster")]));
}

const KIND_OF: Readonly<Record<string, readonly Kind[]>> = {
  delete: ["delete"],
  create: ["create"],
  update: ["update"],
  forget: ["forget"],
  "delete,create": ["replace"],
  "create,delete": ["replace"],
  "create,forget": ["forget", "create"],
};

/** A resource may be moved, imported and changed at once. */
function kindsOf({ change, previous_address, mode }: ResourceChange): Kind[] {
  if (mode === "data") return [];
  return [
    ...(KIND_OF[change.actions.join()] ?? []),
    ...(change.importing ? (["import"] as const) : []),
    ...(previous_address === undefined ? [] : (["move"] as const)),
  ];
}

function rowsOf(kind: Kind, change: ResourceChange, commands: Commands): ChangeRow[] {
  const { address, previous_address: from } = change;
  const place = placeOf(kind, change);
  const row: ChangeRow = {
    action: kind satisfies Action,
    what: kind === "move" ? `${from} to ${address}` : address,
    ...reasonOf(kind, change),
    ...guestOf(change),
    ...place,
    risks: risksOfChange(kind, change).filter(
      (risk) => place.effect === "infrastructure" || risk.kind !== "destroy", // nothing but the state knows it
    ),
  };
  return [row, ...commandRows(kind, change, commands)];
}

/** Providers that keep what they make in the state, or in files of the team. */
const OF_THE_TEAM =
  /(?:^|\/)(?:hashicorp\/(?:null|random|time|tls|local|archive|cloudinit)|(?:terraform\.io\/)?builtin\/terraform)$/;

function placeOf(kind: Kind, resource: ResourceChange): Pick<ChangeRow, "where" | "effect"> {
  const { provider_name: provider = "", change } = resource;
  if (kind === "move") return { where: "workspace", effect: "workspace" };
  if (kind === "import" || kind === "forget") return { where: "cluster", effect: "infrastructure" }; // another manages it
  const isFile = /\/(?:local|archive)$/.test(provider);
  if (!OF_THE_TEAM.test(provider)) return { where: "cluster", effect: "infrastructure" };
  const files = [change.before, change.after]
    .filter(isValues)
    .map(({ filename, output_path: output }) => filename ?? output ?? (isFile ? undefined : ""));
  const isTeams = files.every((file) => typeof file === "string" && isTeamFile(file));
  return isTeams
    ? { where: "workspace", effect: "workspace" }
    : { where: "controller", effect: "infrastructure" };
}

function isTeamFile(file: string): boolean {
  return (
    !file.split("/").includes("..") &&
    (!/^[/~]/.test(file) || /^\/(?:app\/(?:infra|config|docs)|tmp)\//.test(file))
  );
}

/** Reads, and what no Terraform that is known here does. */
function rowsOfOther(resource: ResourceChange): ChangeRow[] {
  const { address, mode, type = "", provider_name: provider, change } = resource;
  const actions = change.actions.join();
  if (actions === "no-op" || (mode !== "data" && KIND_OF[actions])) return [];
  const values = isValues(change.after) ? change.after : undefined;
  if (mode === "data" && actions === "read") return [rowOfData({ address, type, provider, values })];
  return [unclearRow(address, `has the actions ${actions || "none"}, which are not known`, "cluster")];
}

function rowsOfOutputs({ output_changes: outputs }: Plan): ChangeRow[] {
  const changed = Object.entries(outputs).filter(([, { actions }]) => actions.join() !== "no-op");
  return changed.map(([name]) => ({
    action: "output",
    what: name,
    where: "workspace",
    effect: "read",
    risks: [],
  }));
}
