/** Who may do what: privileges of Proxmox VE 9, its own roles, and how access lists, groups, pools and tokens add up. */
import { named } from "./named.ts";
import type { ClusterState } from "./state.ts";

/** VM.Monitor is gone since 9.0. */
export const PRIVILEGES: readonly string[] = (
  "Datastore.Allocate Datastore.AllocateSpace Datastore.AllocateTemplate Datastore.Audit Group.Allocate " +
  "Mapping.Audit Mapping.Modify Mapping.Use Permissions.Modify Pool.Allocate Pool.Audit Realm.Allocate " +
  "Realm.AllocateUser SDN.Allocate SDN.Audit SDN.Use Sys.AccessNetwork Sys.Audit Sys.Console Sys.Incoming Sys.Modify " +
  "Sys.PowerMgmt Sys.Syslog User.Modify VM.Allocate VM.Audit VM.Backup VM.Clone VM.Config.CDROM VM.Config.CPU " +
  "VM.Config.Cloudinit VM.Config.Disk VM.Config.HWType VM.Config.Memory VM.Config.Network VM.Config.Options VM.Console " +
  "VM.GuestAgent.Audit VM.GuestAgent.FileRead VM.GuestAgent.FileSystemMgmt VM.GuestAgent.FileWrite " +
  "VM.GuestAgent.Unrestricted VM.Migrate VM.PowerMgmt VM.Replicate VM.Snapshot VM.Snapshot.Rollback"
).split(" ");

const of = (test: RegExp) => PRIVILEGES.filter((privilege) => test.test(privilege));
const VM_USER = [
  ...of(/^VM\.(?:Audit|Backup|Console|PowerMgmt|GuestAgent\.Audit)$/),
  "VM.Config.CDROM",
  "VM.Config.Cloudinit",
];
const VM_ADMIN = of(/^VM\./);
const NOT_FOR_PVE_ADMINS = [
  "Permissions.Modify",
  "Realm.Allocate",
  "Sys.Modify",
  "Sys.PowerMgmt",
  "Sys.Incoming",
  "Sys.AccessNetwork",
];

/** Roles that nobody can change. */
export const SPECIAL_ROLES: Readonly<Record<string, readonly string[]>> = {
  Administrator: PRIVILEGES,
  NoAccess: [],
  PVEAdmin: PRIVILEGES.filter((privilege) => !NOT_FOR_PVE_ADMINS.includes(privilege)),
  PVEAuditor: of(/\.Audit$/),
  PVEDatastoreAdmin: of(/^Datastore\./),
  PVEDatastoreUser: ["Datastore.AllocateSpace", "Datastore.Audit"],
  PVEMappingAdmin: of(/^Mapping\./),
  PVEMappingAuditor: ["Mapping.Audit"],
  PVEMappingUser: ["Mapping.Audit", "Mapping.Use"],
  PVEPoolAdmin: of(/^Pool\./),
  PVEPoolUser: ["Pool.Audit"],
  PVESDNAdmin: of(/^SDN\./),
  PVESDNUser: ["SDN.Audit", "SDN.Use"],
  PVESysAdmin: of(/^Sys\.(?:Audit|Console|Syslog)$/),
  PVETemplateUser: ["VM.Audit", "VM.Clone"],
  PVEUserAdmin: ["Group.Allocate", "Realm.AllocateUser", "User.Modify"],
  PVEVMAdmin: VM_ADMIN,
  PVEVMUser: VM_USER,
};

export function roleOf(state: ClusterState, id: string): readonly string[] | undefined {
  if (Object.hasOwn(SPECIAL_ROLES, id)) return SPECIAL_ROLES[id];
  const role = named(state.sections["roles"], id);
  return (
    role &&
    String(role["privs"] ?? "")
      .split(",")
      .filter(Boolean)
  );
}

/** `ci@pve!tf` is a token of `ci@pve`. */
export function userOf(identity: string): string {
  return identity.split("!")[0] ?? "";
}

/**
 * What a user or a token may do at a path, each privilege with whether it holds below the path too. A token with
 * privilege separation has what both it and its user have.
 */
export function privilegesAt(state: ClusterState, identity: string, path: string): Map<string, boolean> {
  const user = userOf(identity);
  const asUser = user === "root@pam" ? all() : withPools(state, user, path);
  if (user === identity || !isSeparate(state, identity)) return asUser;
  const asToken = withPools(state, identity, path);
  return new Map([...asToken].filter(([privilege]) => asUser.has(privilege)));
}

export function isSeparate(state: ClusterState, token: string): boolean {
  return named(state.sections["tokens"], token)?.["privsep"] !== 0;
}

export function groupsOf(state: ClusterState, user: string): string[] {
  return String(named(state.sections["users"], user)?.["groups"] ?? "")
    .split(",")
    .filter(Boolean);
}

function all(): Map<string, boolean> {
  return new Map(PRIVILEGES.map((privilege) => [privilege, true]));
}

/** A guest or storage in a pool is also what the access lists of the pool say. */
function withPools(state: ClusterState, identity: string, path: string): Map<string, boolean> {
  const own = fromLists(state, identity, path);
  const [, kind, id = ""] = path.split("/");
  if (kind !== "vms" && kind !== "storage") return own;
  const member = kind === "vms" ? "vms" : "storage";
  for (const [pool, row] of Object.entries(state.sections["pools"] ?? {})) {
    if (
      !String(row[member] ?? "")
        .split(",")
        .includes(id)
    )
      continue;
    for (const [privilege, below] of fromLists(state, identity, `/pool/${pool}`))
      if (!own.has(privilege)) own.set(privilege, below);
  }
  return own;
}

/** The nearest path with an entry decides; there, entries of the user go before those of its groups. */
function fromLists(state: ClusterState, identity: string, path: string): Map<string, boolean> {
  const groups = identity.includes("!") ? [] : groupsOf(state, identity);
  let roles: [string, boolean][] = [];
  for (const place of placesOf(path)) {
    const here = state.acl.filter((entry) => entry.path === place && (entry.propagate || place === path));
    const own = here.filter(({ type, ugid }) => type !== "group" && ugid === identity);
    const shared = here.filter(({ type, ugid }) => type === "group" && groups.includes(ugid));
    const found = own.length > 0 ? own : shared;
    if (found.length > 0) roles = found.map(({ roleid, propagate }) => [roleid, propagate]);
  }
  if (roles.some(([role]) => role === "NoAccess")) return new Map();
  return new Map(
    roles.flatMap(([role, below]) =>
      (roleOf(state, role) ?? []).map((privilege): [string, boolean] => [privilege, below]),
    ),
  );
}

/** `/`, `/vms`, `/vms/100`. */
function placesOf(path: string): string[] {
  const parts = path.split("/").filter(Boolean);
  return ["/", ...parts.map((_, at) => `/${parts.slice(0, at + 1).join("/")}`)];
}
