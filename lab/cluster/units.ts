/** The systemd units that a node has: what they are called, and what starting and stopping them changes. */
import type { ClusterState, Unit } from "./state.ts";
import { nodeOf } from "./storage.ts";

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  chrony: "chrony, an NTP client/server",
  corosync: "Corosync Cluster Engine",
  cron: "Regular background program processing daemon",
  nftables: "nftables",
  "pve-cluster": "The Proxmox VE cluster filesystem",
  "pve-firewall": "Proxmox VE firewall",
  "pve-ha-crm": "PVE Cluster HA Resource Manager Daemon",
  "pve-ha-lrm": "PVE Local HA Resource Manager Daemon",
  "proxmox-firewall": "Proxmox nftables firewall",
  pvedaemon: "PVE API Daemon",
  pveproxy: "PVE API Proxy Server",
  pvescheduler: "Proxmox VE scheduler",
  pvestatd: "PVE Status Daemon",
  spiceproxy: "PVE SPICE Proxy Server",
  rpcbind: "RPC bind portmap service",
  ssh: "OpenBSD Secure Shell server",
  "watchdog-mux": "Proxmox VE watchdog multiplexer",
};

const ALIASES: Readonly<Record<string, string>> = { sshd: "ssh", chronyd: "chrony" };
const RELOADABLE = ["nftables", "pve-firewall", "pvedaemon", "pveproxy", "pvestatd", "spiceproxy", "ssh"];

export type NamedUnit = Unit & { name: string; description: string; canReload: boolean; pid: number };

/** The unit behind `ssh`, `ssh.service` or an alias; undefined when the node has none of that name. */
export function unitOf(state: ClusterState, node: string, name: string): NamedUnit | undefined {
  const bare = name.replace(/\.service$/, "");
  const real = Object.hasOwn(ALIASES, bare) ? (ALIASES[bare] ?? bare) : bare;
  const { units } = nodeOf(state, node);
  const unit = Object.hasOwn(units, real) ? units[real] : undefined;
  if (!unit) return undefined;
  const pid = unit.active ? 700 + Object.keys(DESCRIPTIONS).indexOf(real) * 13 : 0;
  return {
    ...unit,
    name: real,
    description: DESCRIPTIONS[real] ?? real,
    canReload: RELOADABLE.includes(real),
    pid,
  };
}

export function unitsOf(state: ClusterState, node: string): NamedUnit[] {
  const names = Object.keys(nodeOf(state, node).units).sort();
  return names.flatMap((name) => unitOf(state, node, name) ?? []);
}

/** `now` in milliseconds since the epoch. */
export function changeUnit(
  draft: ClusterState,
  where: { node: string; unit: string; now: number },
  change: Partial<Pick<Unit, "active" | "enabled">>,
): void {
  const unit = nodeOf(draft, where.node).units[where.unit];
  if (!unit) return;
  Object.assign(unit, change);
  if (change.active !== undefined) unit.since = new Date(where.now).toISOString();
}
