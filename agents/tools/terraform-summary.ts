/** What a plan does, from what `terraform show -json` says of it: deletions first, with the guests and the commands. */
import { z } from "zod";
import type { Provisioner, Provisioners } from "./terraform-provisioners.ts";

const changeShape = z.object({
  address: z.string(),
  previous_address: z.string().optional(),
  type: z.string().optional(),
  action_reason: z.string().optional(),
  change: z.object({
    actions: z.array(z.string()),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
    importing: z.object({ id: z.string().optional() }).nullish(),
    replace_paths: z.array(z.array(z.unknown())).nullish(),
  }),
});
type Change = z.infer<typeof changeShape>;

const planShape = z.object({
  resource_changes: z.array(changeShape).default([]),
  output_changes: z.record(z.string(), z.object({ actions: z.array(z.string()) })).default({}),
});

const MAX_LINES = 100;

/** In the order in which they are told. */
const KINDS = ["delete", "replace", "forget", "create", "update", "import", "move"] as const;
type Kind = (typeof KINDS)[number];

/**
 * The counts, then one line a resource, with the commands that run below it, however long: nothing is cut before it is
 * redacted. Undefined provisioners: not known.
 */
export function summarisePlan(json: string, provisioners: Provisioners | undefined): string {
  const plan = planShape.parse(JSON.parse(json));
  const changes = plan.resource_changes.flatMap((change) =>
    kindsOf(change).map((kind) => ({ kind, change })),
  );
  const outputs = Object.values(plan.output_changes).filter(
    ({ actions }) => actions.join() !== "no-op",
  ).length;
  if (changes.length + outputs === 0) return "Summary: No changes.";
  const counts = KINDS.flatMap((kind) => {
    const count = changes.filter((change) => change.kind === kind).length;
    return count > 0 ? [`${count} to ${kind}`] : [];
  });
  if (outputs > 0) counts.push(`${outputs} ${outputs === 1 ? "output changes" : "outputs change"}`);
  const ordered = KINDS.flatMap((kind) => changes.filter((change) => change.kind === kind));
  const lines = ordered
    .slice(0, MAX_LINES)
    .flatMap(({ kind, change }) => linesOf(kind, change, provisioners));
  if (ordered.length > MAX_LINES) lines.push(`  ... and ${ordered.length - MAX_LINES} more`);
  return [`Summary: ${counts.join(", ")}.`, ...lines].join("\n");
}

/** A resource may be moved, imported and changed at once. */
function kindsOf({ change, previous_address }: Change): Kind[] {
  const actions = change.actions.join();
  const kinds: Kind[] = [];
  if (actions === "delete" || actions === "create" || actions === "update" || actions === "forget")
    kinds.push(actions);
  if (actions === "delete,create" || actions === "create,delete") kinds.push("replace");
  if (actions === "create,forget") kinds.push("forget", "create");
  if (change.importing) kinds.push("import");
  if (previous_address !== undefined) kinds.push("move");
  return kinds;
}

function linesOf(kind: Kind, change: Change, provisioners: Provisioners | undefined): string[] {
  const {
    address,
    previous_address: from,
    change: { importing },
  } = change;
  const details =
    kind === "import" ? ` (id ${importing?.id ?? "known only when it is applied"})` : why(kind, change);
  const what = kind === "move" ? `${from} to ${address}` : address;
  return [`  ${kind} ${what}${guest(change)}${details}`, ...commandLines(kind, change, provisioners)];
}

const REASONS: Readonly<Record<string, string>> = {
  replace_by_request: "as asked for",
  replace_by_triggers: "because of replace_triggered_by",
  delete_because_no_resource_config: "it is no longer in the configuration",
  delete_because_no_module: "its module is no longer in the configuration",
  delete_because_wrong_repetition: "count or for_each has become another",
  delete_because_count_index: "its index is above count",
  delete_because_each_key: "its key is no longer in for_each",
};

function why(kind: Kind, { action_reason = "", change }: Change): string {
  if (action_reason === "replace_because_tainted")
    return " (tainted: an earlier create failed or it was marked; its destroy commands will not run)";
  const paths = (change.replace_paths ?? []).map((path) => path.join("."));
  if (kind === "replace" && paths.length > 0) return ` (because of ${paths.join(", ")})`;
  const reason = REASONS[action_reason];
  return reason === undefined || kind === "forget" ? "" : ` (${reason})`;
}

const guestShape = z.object({
  vm_id: z.union([z.number(), z.string()]),
  node_name: z.string().nullish(),
  name: z.string().nullish(),
});

/** By the number that the cluster knows it by. */
function guest({ type = "", change }: Change): string {
  if (!type.startsWith("proxmox_")) return "";
  const found = [change.before, change.after]
    .map((values) => guestShape.safeParse(values))
    .find(({ success }) => success);
  if (!found?.data) return "";
  const { vm_id, name, node_name } = found.data;
  return ` [guest ${[vm_id, name, node_name && `on ${node_name}`].filter(Boolean).join(" ")}]`;
}

/** What a change runs: destroy commands not when it is tainted, or when the new one is created first. */
function commandLines(
  kind: Kind,
  { address, change, action_reason }: Change,
  known: Provisioners | undefined,
): string[] {
  if (kind !== "delete" && kind !== "replace" && kind !== "create") return [];
  if (!known) return ["    may run commands: the configuration of the plan could not be read"];
  const all = known.get(address.replaceAll(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g, "")) ?? [];
  const isSkipped = action_reason === "replace_because_tainted" || change.actions.join() === "create,delete";
  const destroys = kind === "create" ? [] : all.filter(({ onDestroy }) => onDestroy);
  const creates = kind === "delete" ? [] : all.filter(({ onDestroy }) => !onDestroy);
  return [
    ...destroys.map((one) => shown(isSkipped ? "does not run" : "runs when destroyed", one)),
    ...creates.map((one) => shown("runs", one)),
  ];
}

function shown(when: string, { type, text }: Provisioner): string {
  return `    ${when} ${type}: ${text}`;
}
