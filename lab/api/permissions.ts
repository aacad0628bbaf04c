/** Whether a caller may use a route: what schema.json says of it, evaluated as Proxmox VE does, root@pam above all. */

import { groupsOf, isSeparate, PRIVILEGES, privilegesAt, userOf } from "../cluster/access.ts";
import { named } from "../cluster/named.ts";
import { StatusError } from "../cluster/parameter-error.ts";
import type { ClusterState, Json } from "../cluster/state.ts";

export type Asker = { state: ClusterState; user: string; given: Readonly<Record<string, string>> };

/** Undefined when it may, else what stands in the parentheses of `Permission check failed (...)`. */
type Verdict = string | undefined;

/** StatusError 403 in the words of Proxmox VE. */
export function requirePermission(check: Json, asker: Asker): void {
  const { state, user } = asker;
  if (user === "root@pam" || (userOf(user) === "root@pam" && !isSeparate(state, user))) return;
  const refused = judge(check, asker);
  if (refused !== undefined) throw new StatusError(403, `Permission check failed (${refused})`);
}

function judge(check: Json, asker: Asker): Verdict {
  if (check === "all" || check === "world") return undefined;
  if (!Array.isArray(check)) return "user != root@pam";
  const [kind, ...rest] = check;
  switch (kind) {
    case "and":
      return rest.map((part) => judge(part, asker)).find((verdict) => verdict !== undefined);
    case "or": {
      const verdicts = rest.map((part) => judge(part, asker));
      return verdicts.includes(undefined) ? undefined : verdicts[0];
    }
    case "perm":
      return judgePath(rest, asker);
    case "perm-modify":
      return judgeAccessList(asker);
    case "userid-param":
      return judgeUser(String(rest[0]), asker);
    case "userid-group":
      return judgeGroups(rest, asker);
    default:
      return "user != root@pam";
  }
}

function judgePath([path, privileges, ...options]: Json[], asker: Asker): Verdict {
  const needed = options[options.indexOf("require_param") + 1];
  if (options.includes("require_param") && asker.given[String(needed)] === undefined) return `${path}`;
  const place = String(path).replace(/\{([\w-]+)\}/g, (_, name: string) => asker.given[name] ?? "");
  const wanted = (privileges as string[]) ?? [];
  return lacks(asker, place, { wanted, isAny: options.includes("any") });
}

function lacks(asker: Asker, path: string, need: { wanted: string[]; isAny: boolean }): Verdict {
  const held = privilegesAt(asker.state, asker.user, path);
  if (need.isAny)
    return need.wanted.some((one) => held.has(one)) ? undefined : `${path}, ${need.wanted.join("|")}`;
  const missing = need.wanted.find((one) => !held.has(one));
  return missing && `${path}, ${missing}`;
}

/** Whoever may allocate guests, storages or pools may also give what they have below them. */
function judgeAccessList(asker: Asker): Verdict {
  const path = asker.given["path"] ?? "/";
  const allocate: Record<string, string> = {
    storage: "Datastore.Allocate",
    vms: "VM.Allocate",
    pool: "Pool.Allocate",
  };
  const own = named(allocate, path.split("/")[1] ?? "");
  return lacks(asker, path, {
    wanted: own ? ["Permissions.Modify", own] : ["Permissions.Modify"],
    isAny: true,
  });
}

function judgeUser(what: string, asker: Asker): Verdict {
  const target = asker.given["userid"] ?? "";
  if (what === "self") return target === userOf(asker.user) ? undefined : `/access/users/${target}`;
  const realm = target.split("@").at(-1) ?? "";
  return lacks(asker, `/access/realm/${realm}`, { wanted: [what], isAny: true });
}

function judgeGroups([privileges]: Json[], asker: Asker): Verdict {
  const wanted = privileges as string[];
  const everywhere = lacks(asker, "/access/groups", { wanted, isAny: true });
  if (everywhere === undefined) return undefined;
  const named = (asker.given["groups"] ?? "").split(",").filter(Boolean);
  const groups = named.length > 0 ? named : groupsOf(asker.state, asker.given["userid"] ?? "");
  const all = groups.map((group) => lacks(asker, `/access/groups/${group}`, { wanted, isAny: true }));
  return groups.length > 0 && all.every((verdict) => verdict === undefined) ? undefined : everywhere;
}

export function isPrivilege(name: string): boolean {
  return PRIVILEGES.includes(name);
}
