/** A guest's file, qemu-server/100.conf or lxc/100.conf: with it the guest is there, without it nobody knows it. */
import type { ClusterState, Guest } from "../cluster/state.ts";
import { guestPath } from "./pve-paths.ts";
import { decodeLine } from "./section-config.ts";

/** Volumes stay when a guest goes, and a guest that moves to another node is stopped there. */
export function applyGuest(draft: ClusterState, path: string, text: string | null): void {
  const place = guestPath(path);
  if (!place || !draft.nodes.some(({ name }) => name === place.node)) return;
  const at = draft.guests.findIndex(({ vmid }) => vmid === place.vmid);
  const before = draft.guests[at];
  if (text === null) {
    if (before?.node === place.node && before.kind === place.kind) draft.guests.splice(at, 1);
    return;
  }
  const stays = before?.node === place.node && before.kind === place.kind;
  const { template, ...config } = parseConfig(text);
  const next: Guest = {
    ...UNKNOWN,
    ...before,
    ...(!stays && STOPPED),
    ...place,
    config,
    template: template === "1",
  };
  if (before) draft.guests[at] = next;
  else draft.guests.push(next);
}

const STOPPED = { status: "stopped", pid: null, startedAt: null } as const;
const UNKNOWN = { ...STOPPED, owner: "root@pam", snapshots: [] };

/** Of the running configuration: what is pending and what was snapped stand in sections behind it. */
function parseConfig(text: string): Record<string, string> {
  const end = text.search(/^\[/m);
  const lines = (end < 0 ? text : text.slice(0, end)).split("\n");
  const comment = lines.filter((line) => line.startsWith("#")).map((line) => decodeLine(line.slice(1)));
  const pairs = lines.flatMap((line) => {
    const [, name, value] = /^([a-z][\w.]*):(.*)$/.exec(line) ?? [];
    return name !== undefined && value?.trim() ? [[name, decodeLine(value.trim())] as const] : [];
  });
  return { ...(comment.length > 0 && { description: comment.join("\n") }), ...Object.fromEntries(pairs) };
}
