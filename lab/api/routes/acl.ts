/** The access lists: who has which role where. */

import { AppError } from "../../../agents/base/errors.ts";
import { roleOf } from "../../cluster/access.ts";
import { named } from "../../cluster/named.ts";
import { badParameter } from "../../cluster/options.ts";
import { type Call, type Handlers, isOn, list, may, read, text, write } from "../call.ts";
import { sectionsOf } from "./sections.ts";

const PLACES =
  /^\/(?:$|access(?:\/(?:groups|realm)(?:\/[^/]+)?)?$|(?:nodes|pool|storage|vms|mapping)(?:\/[^/]+){0,3}$|sdn(?:\/[^/]+){0,4}$)/;

export const aclRoutes: Handlers = {
  "GET /access/acl": read((call) =>
    call.state.acl
      .filter(({ path }) => may(call, path, "Permissions.Modify") || may(call, "/access", "Sys.Audit"))
      .map(({ path, roleid, type, ugid, propagate }) => ({
        path,
        roleid,
        type,
        ugid,
        propagate: propagate ? 1 : 0,
      })),
  ),
  "PUT /access/acl": write(change),
};

function change(call: Call): null {
  const path = `/${text(call, "path").split("/").filter(Boolean).join("/")}`;
  if (!PLACES.test(path)) throw badParameter("path", `invalid ACL path '${text(call, "path")}'`);
  const subjects = [
    ...list(call, "users").map((ugid) => ({ type: "user" as const, ugid })),
    ...list(call, "groups").map((ugid) => ({ type: "group" as const, ugid })),
    ...list(call, "tokens").map((ugid) => ({ type: "token" as const, ugid })),
  ];
  if (subjects.length === 0) throw badParameter("users", "either 'users', 'groups' or 'tokens' is required.");
  const propagate = call.params["propagate"] !== 0;
  for (const { type, ugid } of subjects) {
    requireSubject(call, type, ugid);
    for (const roleid of list(call, "roles")) {
      if (!roleOf(call.state, roleid)) throw new AppError("conflict", `role '${roleid}' does not exist`);
      call.state.acl = call.state.acl.filter(
        (one) => one.path !== path || one.type !== type || one.ugid !== ugid || one.roleid !== roleid,
      );
      if (!isOn(call, "delete")) call.state.acl.push({ path, roleid, type, ugid, propagate });
    }
  }
  return null;
}

function requireSubject(call: Call, type: "user" | "group" | "token", ugid: string): void {
  if (isOn(call, "delete") || named(sectionsOf(call.state, `${type}s`), ugid)) return;
  throw new AppError("conflict", `${type === "token" ? "no such token" : type} '${ugid}' does not exist`);
}
