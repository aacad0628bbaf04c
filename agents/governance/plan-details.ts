/** Why a plan changes a resource, and which guest it is, in the words of people. */
import { z } from "zod";
import type { ChangeRow } from "./change.ts";
import type { ResourceChange } from "./plan-shape.ts";

const REASONS: Readonly<Record<string, string>> = {
  replace_by_request: "as asked for",
  replace_by_triggers: "because of replace_triggered_by",
  delete_because_no_resource_config: "it is no longer in the configuration",
  delete_because_no_module: "its module is no longer in the configuration",
  delete_because_wrong_repetition: "count or for_each has become another",
  delete_because_count_index: "its index is above count",
  delete_because_each_key: "its key is no longer in for_each",
};

export function reasonOf(kind: string, { action_reason = "", change }: ResourceChange): { details?: string } {
  if (kind === "import") return { details: `id ${change.importing?.id ?? "known only when it is applied"}` };
  if (action_reason === "replace_because_tainted")
    return {
      details: "tainted: an earlier create failed or it was marked; its destroy commands will not run",
    };
  const paths = (change.replace_paths ?? []).map((path) => path.join("."));
  if (kind === "replace" && paths.length > 0) return { details: `because of ${paths.join(", ")}` };
  const reason = REASONS[action_reason];
  return reason === undefined || kind === "forget" || kind === "move" ? {} : { details: reason };
}

const guestShape = z.object({
  vm_id: z.union([z.number(), z.string()]).nullish(),
  node_name: z.string().nullish(),
  name: z.string().nullish(),
});

/** By the number that the cluster knows it by. */
export function guestOf({ type = "", change }: ResourceChange): Pick<ChangeRow, "id" | "name" | "node"> {
  if (!/^proxmox_/.test(type)) return {};
  const found = [change.before, change.after]
    .map((values) => guestShape.safeParse(values))
    .find(({ success }) => success);
  const { vm_id, name, node_name } = found?.data ?? {};
  return {
    ...(vm_id != null && { id: String(vm_id) }),
    ...(name != null && { name }),
    ...(node_name != null && { node: node_name }),
  };
}
