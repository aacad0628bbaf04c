/** What is of high risk in a change of a resource, by its type and by what its values become. */
import { distinctRisks, type Risk, type RiskKind } from "./change.ts";
import { isValues, type ResourceChange, type Values } from "./plan-shape.ts";
import { type IsListed, wordList } from "./word-list.ts";

/** `[kind, why, types without "proxmox_virtual_environment_"]` */
const TYPES: readonly (readonly [RiskKind, string, IsListed])[] = [
  [
    "storage",
    "changes disks, volumes or storages",
    wordList("storage* datastore* disk* zfs* lvm* ceph* pool_membership vm_disk*"),
  ],
  [
    "quorum",
    "changes the cluster's quorum, membership or HA",
    wordList("ha* cluster* corosync* replication"),
  ],
  [
    "credentials",
    "changes users, passwords, keys or privileges",
    wordList(
      "user* group role acl realm* token acme* certificate* tls_* random_password *_private_key *_password *_token *_user",
    ),
  ],
  [
    "access",
    "changes who can reach a host",
    wordList("firewall* network* sdn* hosts dns vlan bridge cluster_firewall* node_firewall*"),
  ],
  ["node", "acts on a node as a whole", wordList("node* time apt* hosts certificate metrics_server*")],
];
const PREFIX = /^proxmox_(?:virtual_environment_)?/;

/** With these changed, the provider starts a running guest anew (reboot_after_update). */
const RESTARTS = [
  "cpu",
  "memory",
  "machine",
  "bios",
  "network_device",
  "vga",
  "hostpci",
  "numa",
  "kvm_arguments",
];

export function risksOfChange(kind: string, { type = "", change }: ResourceChange): Risk[] {
  const before = isValues(change.before) ? change.before : {};
  const after = isValues(change.after) ? change.after : {};
  const risks: Risk[] = [];
  const add = (risk: RiskKind, why: string) => risks.push({ kind: risk, why });
  if (kind === "delete") add("destroy", "destroys it");
  if (kind === "replace") add("destroy", "destroys it and makes another");
  if (kind === "import") add("adopts", "takes over what exists: a later plan may change or destroy it");
  if (kind === "forget") add("adopts", "leaves it where it is, and knows it no more");
  if (kind === "move" || kind === "import" || kind === "forget") return risks;
  const name = type.replace(PREFIX, "");
  for (const [risk, why, isListed] of TYPES) if (isListed(name)) add(risk, why);
  if (isGuest(before) || isGuest(after)) risks.push(...risksOfGuest(kind, before, after));
  return distinctRisks(risks);
}

function isGuest({ vm_id: id, node_name: node, started }: Values): boolean {
  return id !== undefined || (node !== undefined && started !== undefined);
}

function risksOfGuest(kind: string, before: Values, after: Values): Risk[] {
  const risks: Risk[] = [];
  const isRunning = kind !== "create" && before["started"] !== false;
  if (isRunning && (kind === "delete" || kind === "replace" || after["started"] === false))
    risks.push({ kind: "stops", why: "stops a guest that may be running" });
  const restarts = RESTARTS.filter((name) => !isSame(before[name], after[name]));
  if (kind === "update" && isRunning && restarts.length > 0)
    risks.push({ kind: "stops", why: `may start the guest anew: ${restarts.join(", ")}` });
  if (kind === "update" && !isSame(before["disk"], after["disk"]))
    risks.push({ kind: "storage", why: "changes the guest's disks" });
  if (kind === "update" && before["protection"] === true && after["protection"] !== true)
    risks.push({ kind: "destroy", why: "takes off the guest's protection" });
  if (kind === "update" && !isSame(before["node_name"], after["node_name"]))
    risks.push({ kind: "node", why: "moves the guest to another node" });
  const tags = [before["tags"], after["tags"]].flat().map(String);
  if (kind !== "create" && tags.some((tag) => /^prod(?:uction)?$/i.test(tag)))
    risks.push({ kind: "production", why: "has the tag of production" });
  return risks;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
