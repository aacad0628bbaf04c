/** `pveum` (PVE/CLI/pveum.pm): users, groups, roles, access lists, tokens, realms and pools of the cluster. */
import { failed, succeeded } from "../outcome.ts";
import type { Json, Row } from "../state.ts";
import { ask } from "./call-route.ts";
import type { CommandTree, Given, RouteCommand } from "./command.ts";
import { printResult } from "./print-result.ts";

/** An answer that is shown in the form that was asked for. */
function shown(route: string, spec: Partial<RouteCommand> = {}): RouteCommand {
  return { ...spec, route, isFormatted: true, print: (data, given) => printResult(data, given) };
}

function change(route: string, ...positional: string[]): RouteCommand {
  return { route, positional };
}

/** What is managed by name, at a path of its own each. */
function managed(path: string, key: string): CommandTree {
  return {
    add: change(`POST ${path}`, key),
    delete: change(`DELETE ${path}/{${key}}`, key),
    list: shown(`GET ${path}`),
    modify: change(`PUT ${path}/{${key}}`, key),
  };
}

const TOKENS = "/access/users/{userid}/token";
const token = ["userid", "tokenid"];

export const pveum: CommandTree = {
  acl: {
    commands: {
      delete: { ...change("PUT /access/acl", "path"), fixed: { delete: "1" } },
      list: shown("GET /access/acl"),
      modify: { ...change("PUT /access/acl", "path"), fixed: { delete: "0" } },
    },
  },
  acldel: { alias: "acl delete" },
  aclmod: { alias: "acl modify" },
  group: { commands: managed("/access/groups", "groupid") },
  groupadd: { alias: "group add" },
  groupdel: { alias: "group delete" },
  groupmod: { alias: "group modify" },
  passwd: change("PUT /access/password", "userid"),
  pool: { commands: managed("/pools", "poolid") },
  realm: {
    commands: {
      ...managed("/access/domains", "realm"),
      sync: "gap",
    },
  },
  role: { commands: managed("/access/roles", "roleid") },
  roleadd: { alias: "role add" },
  roledel: { alias: "role delete" },
  rolemod: { alias: "role modify" },
  ticket: {
    positional: ["username"],
    parameters: "username password? otp? path? privs? realm? new-format?:bool",
    run: () => failed(255, "authentication failure"),
  },
  user: {
    commands: {
      ...managed("/access/users", "userid"),
      permissions: {
        route: "GET /access/permissions",
        positional: ["userid"],
        isFormatted: true,
        print: permissions,
      },
      tfa: {
        commands: {
          delete: "gap",
          // Nobody has a second factor: there is no way in the lab to be given one.
          list: { positional: ["userid"], parameters: "userid?:pve-userid", run: () => succeeded() },
          unlock: "gap",
        },
      },
      token: {
        commands: {
          add: shown(`POST ${TOKENS}/{tokenid}`, { positional: token }),
          delete: change(`DELETE ${TOKENS}/{tokenid}`, ...token),
          list: shown(`GET ${TOKENS}`, { positional: ["userid"] }),
          modify: shown(`PUT ${TOKENS}/{tokenid}`, { positional: token }),
          permissions: {
            positional: token,
            parameters: "userid:pve-userid tokenid path?",
            isFormatted: true,
            run: (run, { tokenid, userid, ...given }) => {
              const path = Object.entries(given).filter(([name]) => name === "path");
              const asked = { ...Object.fromEntries(path), userid: `${userid}!${tokenid}` };
              return succeeded(permissions(ask(run, "GET /access/permissions", asked), given));
            },
          },
          remove: change(`DELETE ${TOKENS}/{tokenid}`, ...token),
        },
      },
    },
  },
  useradd: { alias: "user add" },
  userdel: { alias: "user delete" },
  usermod: { alias: "user modify" },
};

/** As PVE/CLI/pveum.pm's print_perm_result: for people a privilege a line, with a mark where it holds below. */
function permissions(data: Json, given: Given): string {
  if ((given["output-format"] ?? "text") !== "text") return printResult(data, given);
  const marked = (privileges: Row) =>
    Object.entries(privileges)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, below]) => (below ? `${name} (*)` : name))
      .join("\n");
  const rows = Object.entries(data as Record<string, Row>).map(([path, held]) => ({
    "ACL path": path,
    Permissions: marked(held),
  }));
  const note = "Permissions marked with '(*)' have the 'propagate' flag set.\n";
  return printResult(rows, given, ["ACL path", "Permissions"]) + note;
}
