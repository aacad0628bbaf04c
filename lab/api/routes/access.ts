/** Groups, roles, and what somebody may do where. */

import { AppError } from "../../../agents/base/errors.ts";
import { groupsOf, PRIVILEGES, privilegesAt, roleOf, SPECIAL_ROLES } from "../../cluster/access.ts";
import { named, setNamed } from "../../cluster/named.ts";
import { badParameter } from "../../cluster/options.ts";
import { StatusError } from "../../cluster/parameter-error.ts";
import type { ClusterState, Json, Row } from "../../cluster/state.ts";
import { type Call, type Handlers, has, isOn, list, may, read, text, without, write } from "../call.ts";
import { sectionsOf } from "./sections.ts";

export const accessRoutes: Handlers = {
  "GET /access/permissions": read(permissions),
  "GET /access/groups": read((call) =>
    Object.entries(sectionsOf(call.state, "groups")).map(([groupid, row]) => ({
      groupid,
      ...row,
      users: members(call.state, groupid).join(","),
    })),
  ),
  "POST /access/groups": write((call) => {
    const id = text(call, "groupid");
    if (named(sectionsOf(call.state, "groups"), id))
      throw new AppError("conflict", `create group failed: group '${id}' already exists`);
    setNamed(sectionsOf(call.state, "groups"), id, without(call.params, "groupid"));
    return null;
  }),
  "GET /access/groups/{groupid}": read((call) => ({
    ...groupAt(call),
    members: members(call.state, text(call, "groupid")),
  })),
  "PUT /access/groups/{groupid}": write(
    (call) => void Object.assign(groupAt(call), without(call.params, "groupid")),
  ),
  "DELETE /access/groups/{groupid}": write((call) => {
    groupAt(call);
    const id = text(call, "groupid");
    delete sectionsOf(call.state, "groups")[id];
    for (const [user, row] of Object.entries(sectionsOf(call.state, "users"))) {
      const before = groupsOf(call.state, user);
      if (before.includes(id)) row["groups"] = before.filter((group) => group !== id).join(",");
    }
    call.state.acl = call.state.acl.filter(({ type, ugid }) => type !== "group" || ugid !== id);
    return null;
  }),
  "GET /access/roles": read((call) => [
    ...Object.entries(SPECIAL_ROLES).map(([roleid, privs]) => ({
      roleid,
      privs: privs.join(","),
      special: 1,
    })),
    ...Object.entries(sectionsOf(call.state, "roles")).map(([roleid, row]) => ({
      roleid,
      privs: row["privs"] ?? "",
      special: 0,
    })),
  ]),
  "POST /access/roles": write((call) => {
    const id = text(call, "roleid");
    if (roleOf(call.state, id))
      throw new AppError("conflict", `create role failed: role '${id}' already exists`);
    setNamed(sectionsOf(call.state, "roles"), id, { privs: privilegesIn(call).join(",") });
    return null;
  }),
  "GET /access/roles/{roleid}": read((call) =>
    Object.fromEntries((roleOf(call.state, ownRole(call)) ?? []).map((privilege) => [privilege, 1])),
  ),
  "PUT /access/roles/{roleid}": write((call) => {
    const id = ownRole(call, "modified");
    const before = isOn(call, "append") ? (roleOf(call.state, id) ?? []) : [];
    const privs = [...new Set([...before, ...privilegesIn(call)])].join(",");
    setNamed(sectionsOf(call.state, "roles"), id, { privs });
    return null;
  }),
  "DELETE /access/roles/{roleid}": write((call) => {
    const id = ownRole(call, "deleted");
    delete sectionsOf(call.state, "roles")[id];
    call.state.acl = call.state.acl.filter(({ roleid }) => roleid !== id);
    return null;
  }),
};

function groupAt(call: Call): Row {
  const id = text(call, "groupid");
  const row = named(sectionsOf(call.state, "groups"), id);
  if (!row) throw new AppError("not_found", `group '${id}' does not exist`);
  return row;
}

function members(state: ClusterState, group: string): string[] {
  return Object.keys(sectionsOf(state, "users")).filter((user) => groupsOf(state, user).includes(group));
}

function privilegesIn(call: Call): string[] {
  const wanted = list(call, "privs");
  const unknown = wanted.find((privilege) => !PRIVILEGES.includes(privilege));
  if (unknown) throw badParameter("privs", `invalid format - invalid privilege '${unknown}'`);
  return wanted;
}

function ownRole(call: Call, change?: "modified" | "deleted"): string {
  const id = text(call, "roleid");
  if (!roleOf(call.state, id)) throw new AppError("not_found", `role '${id}' does not exist`);
  if (change && Object.hasOwn(SPECIAL_ROLES, id))
    throw new AppError("conflict", `auto-generated role '${id}' cannot be ${change}`);
  return id;
}

/** Of the caller, or with Sys.Audit of anyone: by path, each privilege with whether it holds below. */
function permissions(call: Call): Json {
  const who = text(call, "userid") || call.user;
  if (who !== call.user && !may(call, "/access", "Sys.Audit"))
    throw new StatusError(403, "Permission check failed (/access, Sys.Audit)");
  const paths = has(call, "path")
    ? [text(call, "path")]
    : [
        "/",
        "/access",
        "/nodes",
        "/pool",
        "/sdn",
        "/storage",
        "/vms",
        ...call.state.acl.map(({ path }) => path),
      ];
  const at = (path: string) =>
    Object.fromEntries(
      [...privilegesAt(call.state, who, path)].map(([privilege, below]) => [privilege, below ? 1 : 0]),
    );
  return Object.fromEntries(
    [...new Set(paths)]
      .map((path): [string, Row] => [path, at(path)])
      .filter(([, row]) => Object.keys(row).length > 0 || has(call, "path")),
  );
}
