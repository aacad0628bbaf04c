/** user.cfg as PVE/AccessControl.pm reads it: a line an object, its fields between colons. */

import { named } from "../cluster/named.ts";
import type { ClusterState, Row } from "../cluster/state.ts";
import { decodeLine } from "./section-config.ts";

type Fields = readonly string[];
type Reader = (into: Access, fields: Fields) => void;
type Access = Pick<ClusterState, "acl"> & {
  sections: Record<"users" | "tokens" | "groups" | "pools" | "roles", Record<string, Row>>;
  before: ClusterState["sections"];
};

const NAME = /^[A-Za-z0-9][\w.+-]*$/;
const USER = /^[^\s:/@]+@[A-Za-z][\w.-]+$/;
const TOKEN = /^[^\s:/@]+@[A-Za-z][\w.-]+![A-Za-z][\w.-]*$/;

const READERS: Readonly<Record<string, Reader>> = {
  user: readUser,
  token: readToken,
  group: readGroup,
  pool: ({ sections, before }, [id = "", comment = "", vms = "", storage = ""]) => {
    if (NAME.test(id))
      sections.pools[id] = { ...named(before["pools"], id), ...given({ comment, vms, storage }) };
  },
  role: ({ sections }, [id = "", privs = ""]) => {
    if (NAME.test(id)) sections.roles[id] = { privs };
  },
  acl: readAcl,
};

/** Secrets and passwords are no part of the file: who stays in it keeps them. */
export function applyAccess(draft: ClusterState, text: string): void {
  const sections = { users: {}, tokens: {}, groups: {}, pools: {}, roles: {} };
  const access: Access = { sections, acl: [], before: draft.sections };
  const lines = text.split("\n").filter((line) => line && !line.startsWith("#"));
  for (const line of lines) {
    const [kind = "", ...fields] = line.split(":").map((field) => decodeLine(field.trim()));
    if (Object.hasOwn(READERS, kind)) READERS[kind]?.(access, fields);
  }
  access.sections.users["root@pam"] ??= { enable: 1, expire: 0 };
  Object.assign(draft.sections, sections);
  draft.acl = access.acl;
}

function readUser({ sections, before }: Access, fields: Fields): void {
  const [id = "", enable, expire, firstname = "", lastname = "", email = "", comment = "", keys = ""] =
    fields;
  if (!USER.test(id)) return;
  const {
    groups: _groups,
    firstname: _1,
    lastname: _2,
    email: _3,
    comment: _4,
    keys: _5,
    ...kept
  } = named(before["users"], id) ?? {};
  const told = given({ firstname, lastname, email, comment, keys });
  sections.users[id] = { ...kept, enable: flag(enable), expire: Number(expire) || 0, ...told };
}

function readToken({ sections, before }: Access, [id = "", expire, privsep, comment = ""]: Fields): void {
  if (!TOKEN.test(id)) return;
  const kept = named(before["tokens"], id) ?? {};
  sections.tokens[id] = {
    ...kept,
    expire: Number(expire) || 0,
    privsep: flag(privsep),
    ...given({ comment }),
  };
}

function readGroup({ sections }: Access, [id = "", members = "", comment = ""]: Fields): void {
  if (!NAME.test(id)) return;
  sections.groups[id] = given({ comment });
  for (const member of members.split(/[,;\s]+/)) {
    const user = Object.hasOwn(sections.users, member) ? sections.users[member] : undefined;
    if (user) user["groups"] = [user["groups"], id].filter(Boolean).join(",");
  }
}

function readAcl({ acl }: Access, [propagate, path = "", who = "", roles = ""]: Fields): void {
  if (!path.startsWith("/")) return;
  for (const ugid of who.split(",").filter(Boolean))
    for (const roleid of roles.split(",").filter(Boolean)) {
      const kind = ugid.includes("!") ? "token" : "user";
      const type = ugid.startsWith("@") ? "group" : kind;
      acl.push({ path, roleid, type, ugid: ugid.replace(/^@/, ""), propagate: flag(propagate) === 1 });
    }
}

function flag(text: string | undefined): number {
  return text === "0" || text === "" || text === undefined ? 0 : 1;
}

function given(fields: Record<string, string>): Row {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
}
