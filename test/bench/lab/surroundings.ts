/** What was in the cluster of a recording besides what the conversation made: guests and pools of other hands, seen in lists. */
import { newGuest } from "../../../lab/cluster/guests.ts";
import type { ClusterState, Row } from "../../../lab/cluster/state.ts";
import { parseReply } from "./recorded-reply.ts";
import type { Recorded } from "./replay.ts";

/** Adds them to the draft, with what the lists told of them. */
export function addSurroundings(draft: ClusterState, conversation: readonly Recorded[]): void {
  const made = new Set(
    conversation.flatMap(({ method, body = "" }) => (method === "POST" ? idsIn(body) : [])),
  );
  for (const recorded of conversation) {
    const rows = rowsOf(recorded);
    if (recorded.path === "/cluster/resources") for (const row of rows) addGuest(draft, row, made);
    if (recorded.path === "/pools") for (const row of rows) addPool(draft, row, made);
  }
}

function idsIn(body: string): string[] {
  const form = new URLSearchParams(body);
  return ["vmid", "newid", "poolid"].flatMap((name) => form.get(name) ?? []);
}

function rowsOf({ reply, status }: Recorded): Row[] {
  const { data } = parseReply(reply) as { data?: unknown };
  return status === 200 && Array.isArray(data) ? (data as Row[]) : [];
}

function addGuest(draft: ClusterState, row: Row, made: ReadonlySet<string>): void {
  const vmid = Number(row["vmid"]);
  const isKnown = made.has(String(vmid)) || draft.guests.some((guest) => guest.vmid === vmid);
  if (isKnown || (row["type"] !== "qemu" && row["type"] !== "lxc")) return;
  const guest = newGuest({ node: String(row["node"]), vmid }, { kind: row["type"], owner: "terraform@pve" });
  const isRunning = row["status"] === "running";
  Object.assign(guest, {
    template: row["template"] === 1,
    status: row["status"],
    pid: isRunning ? 4711 : null,
  });
  guest.config = {
    [guest.kind === "qemu" ? "name" : "hostname"]: String(row["name"]),
    memory: String(Number(row["maxmem"]) / 1024 ** 2),
    cores: String(row["maxcpu"]),
    ...(row["tags"] ? { tags: String(row["tags"]) } : {}),
  };
  draft.guests.push(guest);
}

function addPool(draft: ClusterState, row: Row, made: ReadonlySet<string>): void {
  const id = String(row["poolid"] ?? "");
  if (!id || made.has(id)) return;
  draft.sections["pools"] ??= {};
  const before = draft.sections["pools"][id];
  const members = Array.isArray(row["members"]) ? (row["members"] as Row[]) : [];
  const vms = members.flatMap(({ vmid }) => (vmid === undefined ? [] : [String(vmid)]));
  const comment = row["comment"] ?? before?.["comment"] ?? "";
  draft.sections["pools"][id] = { comment, storage: "", vms: vms.join(",") || String(before?.["vms"] ?? "") };
}
