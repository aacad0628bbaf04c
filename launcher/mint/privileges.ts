/**
 * What a token may do on the cluster, by the kind of work. Privileges of Proxmox VE 9 (VM.Monitor is gone since 9.0), each
 * with what needs it; read on 2026-11-30 from the checks of the API's own schema (pve-docs, api-viewer) and from what the
 * provider bpg/proxmox asks.
 */

export type Kind = "guests" | "network" | "firewall" | "pools" | "access";

type Privilege = { name: string; kind: Kind; for: string };

const of = (kind: Kind, rows: Readonly<Record<string, string>>): Privilege[] =>
  Object.entries(rows).map(([name, what]) => ({ name, kind, for: what }));

export const PRIVILEGES: readonly Privilege[] = [
  ...of("guests", {
    "Sys.Audit": "nodes, their state and their network",
    "Sys.AccessNetwork": "download an image by its address",
    "Datastore.AllocateSpace": "see storages, and disks of guests",
    "Datastore.AllocateTemplate": "images, container templates, snippets",
    "SDN.Use": "put a network card on a bridge",
    "VM.Allocate": "create and delete guests",
    "VM.Audit": "read guests",
    "VM.Clone": "clone a template",
    "VM.Config.CDROM": "the drive for cloud-init, images of installers",
    "VM.Config.CPU": "cores",
    "VM.Config.Cloudinit": "user, keys and addresses by cloud-init",
    "VM.Config.Disk": "add, resize and move disks",
    "VM.Config.HWType": "hardware of a guest",
    "VM.Config.Memory": "memory",
    "VM.Config.Network": "network cards",
    "VM.Config.Options": "name, tags, start at boot, agent",
    "VM.GuestAgent.Audit": "addresses that a guest has",
    "VM.Migrate": "move a guest to the other node",
    "VM.PowerMgmt": "start and stop",
    "VM.Snapshot": "snapshots, and going back to one",
  }),
  ...of("network", { "Sys.Modify": "bridges and addresses of nodes, DNS, hosts, time" }),
  ...of("firewall", { "Sys.Modify": "the cluster's and the nodes' firewall" }),
  ...of("pools", { "Pool.Allocate": "make pools", "Pool.Audit": "see pools" }),
  ...of("access", {
    "Group.Allocate": "make groups",
    "Realm.AllocateUser": "put users into a realm",
    "User.Modify": "make and change users and tokens",
  }),
];

export const KINDS: readonly Kind[] = ["guests", "network", "firewall", "pools", "access"];

/** Sorted, each once. */
export function privilegesFor(kinds: readonly Kind[]): string[] {
  const names = PRIVILEGES.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
  return [...new Set(names)].sort();
}
