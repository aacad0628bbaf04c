/** What is of high risk in a change of a resource, by its type and by what its values become. */
import { distinctRisks, type Risk, type RiskKind } from "./change.ts";
import { isValues, type ResourceChange, type Values } from "./plan-shape.ts";

const TYPES: readonly (readonly [RiskKind, string, RegExp])[] = [
  [
    "storage",
    "changes disks, volumes or storages",
    /_(?:storage\w*|datastore\w*|disk\w*|zfs\w*|lvm\w*|ceph\w*|pool_membership)$/,
  ],
  [
    "quorum",
    "changes the cluster's quorum, membership or HA",
    /_(?:ha\w*|hagroup|haresource|harule|cluster\w*|corosync\w*|replication)$/,
  ],
  [
    "credentials",
    "changes users, passwords, keys or privileges",
    /_(?:user\w*|group|role|acl|realm\w*|token|acme\w*|certificate\w*|private_key|password)$|^tls_|^random_password$/,
  ],
  [
    "access",
    "changes who can reach a host",
    /_(?:firewall\w*|network_linux\w*|sdn\w*|hosts|dns|vlan|bridge)$/,
  ],
  ["node", "acts on a node as a whole", /_(?:node\w*|time|apt\w*|hosts|certificate|metrics_server\w*)$/],
];
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
  for (const [risk, why, types] of TYPES) if (types.test(type)) add(risk, why);
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
