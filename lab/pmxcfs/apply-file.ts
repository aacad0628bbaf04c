/** Which file of /etc/pve says what of the cluster's state. A file that nobody reads is only kept. */
import type { ClusterState } from "../cluster/state.ts";
import { applyAccess } from "./apply-access.ts";
import { applyFirewall } from "./apply-firewall.ts";
import { applyGuest } from "./apply-guest.ts";
import { applyOptions, applySections } from "./apply-sections.ts";
import { applyStorages } from "./apply-storages.ts";

/** What a file says, null for one that is gone. Lines that Proxmox' own parsers skip are skipped. */
type Apply = (draft: ClusterState, text: string | null, match: readonly string[]) => void;

const READERS: readonly (readonly [path: RegExp, apply: Apply])[] = [
  [/^storage\.cfg$/, (draft, text) => applyStorages(draft, text ?? "")],
  [/^user\.cfg$/, (draft, text) => applyAccess(draft, text ?? "")],
  [/^datacenter\.cfg$/, (draft, text) => applyOptions(draft, ["options", "datacenter"], text)],
  [
    /^nodes\/([\w-]+)\/config$/,
    (draft, text, [, node = ""]) => applyOptions(draft, ["node-config", node], text),
  ],
  [
    /^(jobs|replication|ha\/resources|ha\/rules)\.cfg$/,
    (draft, text, [path = ""]) => applySections(draft, path, text ?? ""),
  ],
  [/^firewall\/cluster\.fw$/, (draft, text) => applyFirewall(draft, "cluster", text ?? "")],
  [/^firewall\/(\d+)\.fw$/, (draft, text, [, vmid]) => applyFirewall(draft, `guest/${vmid}`, text ?? "")],
  [
    /^nodes\/([\w-]+)\/host\.fw$/,
    (draft, text, [, node]) => applyFirewall(draft, `node/${node}`, text ?? ""),
  ],
  [
    /^nodes\/[\w-]+\/(?:qemu-server|lxc)\/\d+\.conf$/,
    (draft, text, [path = ""]) => applyGuest(draft, path, text),
  ],
];

export function applyFile(draft: ClusterState, path: string, text: string | null): void {
  for (const [pattern, apply] of READERS) {
    const match = pattern.exec(path);
    if (match) apply(draft, text, match);
  }
}
