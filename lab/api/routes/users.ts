/** Users and their passwords. */

import { AppError } from "../../../agents/base/errors.ts";
import { groupsOf, userOf } from "../../cluster/access.ts";
import { named } from "../../cluster/named.ts";
import type { ClusterState, Row } from "../../cluster/state.ts";
import { digestOf } from "../authenticate.ts";
import { type Call, type Handlers, has, isOn, list, may, read, text, without, write } from "../call.ts";
import { sectionsOf } from "./sections.ts";
import { tokensOf } from "./tokens.ts";

export const userRoutes: Handlers = {
  "GET /access/users": read((call) =>
    Object.entries(sectionsOf(call.state, "users"))
      .filter(
        ([id, row]) =>
          (id === userOf(call.user) || may(call, "/access/groups", "User.Modify", "Sys.Audit")) &&
          (!has(call, "enabled") || row["enable"] === call.params["enabled"]),
      )
      .map(([id, row]) => ({
        userid: id,
        ...userRow(call.state, id, row),
        ...(isOn(call, "full")
          ? {
              groups: groupsOf(call.state, id).join(","),
              tokens: Object.entries(tokensOf(call.state, id)).map(([tokenid, token]) => ({
                tokenid,
                ...token,
              })),
            }
          : {}),
      })),
  ),
  "POST /access/users": write(createUser),
  "GET /access/users/{userid}": read((call) => {
    const { keys: _keys, ...row } = userAt(call);
    return {
      ...row,
      groups: groupsOf(call.state, text(call, "userid")),
      tokens: tokensOf(call.state, text(call, "userid")),
    };
  }),
  "PUT /access/users/{userid}": write(changeUser),
  "DELETE /access/users/{userid}": write(deleteUser),
  "PUT /access/password": write((call) => {
    const id = text(call, "userid");
    if (!named(sectionsOf(call.state, "users"), id))
      throw new AppError("not_found", `no such user ('${id}')`);
    setPassword(call.state, id, text(call, "password"));
    return null;
  }),
};

function userRow(state: ClusterState, id: string, row: Row): Row {
  const { groups: _groups, keys: _keys, ...shown } = row;
  const realm = String(named(sectionsOf(state, "domains"), id.split("@").at(-1) ?? "")?.["type"] ?? "pve");
  return { ...shown, enable: row["enable"] ?? 1, expire: row["expire"] ?? 0, "realm-type": realm };
}

function userAt(call: Call): Row {
  const id = text(call, "userid");
  const row = named(sectionsOf(call.state, "users"), id);
  if (!row) throw new AppError("not_found", `no such user ('${id}') does not exist`);
  return row;
}

function setPassword(state: ClusterState, id: string, password: string): void {
  sectionsOf(state, "passwords")[id] = { digest: digestOf(state, password) };
}

/** Empty texts are as good as none. */
function kept(params: Row): Row {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== ""));
}

function createUser(call: Call): null {
  const id = text(call, "userid");
  const realm = id.split("@").at(-1) ?? "";
  if (!named(sectionsOf(call.state, "domains"), realm))
    throw new AppError("conflict", `create user failed: domain '${realm}' does not exist`);
  if (named(sectionsOf(call.state, "users"), id))
    throw new AppError("conflict", `create user failed: user '${id}' already exists`);
  for (const group of list(call, "groups")) requireGroup(call.state, group);
  sectionsOf(call.state, "users")[id] = {
    enable: 1,
    expire: 0,
    ...kept(without(call.params, "userid", "password")),
  };
  if (has(call, "password")) setPassword(call.state, id, text(call, "password"));
  return null;
}

function changeUser(call: Call): null {
  const row = userAt(call);
  for (const group of list(call, "groups")) requireGroup(call.state, group);
  const before = isOn(call, "append") ? groupsOf(call.state, text(call, "userid")) : [];
  const groups = has(call, "groups")
    ? { groups: [...new Set([...before, ...list(call, "groups")])].join(",") }
    : {};
  Object.assign(row, without(call.params, "userid", "append", "groups"), groups);
  for (const [key, value] of Object.entries(row)) if (value === "" && key !== "groups") delete row[key];
  return null;
}

function deleteUser(call: Call): null {
  userAt(call);
  const id = text(call, "userid");
  if (id === "root@pam")
    throw new AppError("conflict", "delete user failed: cannot delete the superuser 'root@pam'");
  delete sectionsOf(call.state, "users")[id];
  delete sectionsOf(call.state, "passwords")[id];
  for (const token of Object.keys(sectionsOf(call.state, "tokens")))
    if (userOf(token) === id) delete sectionsOf(call.state, "tokens")[token];
  call.state.acl = call.state.acl.filter(({ ugid }) => userOf(ugid) !== id);
  return null;
}

function requireGroup(state: ClusterState, id: string): void {
  if (!named(sectionsOf(state, "groups"), id)) throw new AppError("conflict", `no such group '${id}'`);
}
