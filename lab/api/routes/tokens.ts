/** API tokens and tickets. */

import { randomUUID } from "node:crypto";
import { AppError } from "../../../agents/base/errors.ts";
import { privilegesAt, userOf } from "../../cluster/access.ts";
import { named } from "../../cluster/named.ts";
import { badParameter } from "../../cluster/options.ts";
import type { ClusterState, Json, Row } from "../../cluster/state.ts";
import { checkPassword, digestOf, login } from "../authenticate.ts";
import { type Call, type Handlers, isOn, read, text, without, write } from "../call.ts";
import { sectionsOf } from "./sections.ts";

const TOKEN = "/access/users/{userid}/token/{tokenid}";

export const tokenRoutes: Handlers = {
  "GET /access/users/{userid}/token": read((call) =>
    Object.entries(tokensOf(call.state, text(call, "userid"))).map(([tokenid, row]) => ({ tokenid, ...row })),
  ),
  [`GET ${TOKEN}`]: read((call) => shown(tokenAt(call))),
  [`POST ${TOKEN}`]: write((call) => {
    const id = idOf(call);
    if (!named(sectionsOf(call.state, "users"), text(call, "userid")))
      throw new AppError("not_found", `no such user ('${text(call, "userid")}')`);
    if (!/^[A-Za-z][A-Za-z0-9._-]+$/.test(text(call, "tokenid")))
      throw badParameter("tokenid", "invalid format - value does not look like a valid token name");
    if (named(sectionsOf(call.state, "tokens"), id)) throw badParameter("tokenid", "Token already exists.");
    return createToken(call.state, id, {
      expire: 0,
      privsep: 1,
      ...without(call.params, "userid", "tokenid"),
    });
  }),
  [`PUT ${TOKEN}`]: write((call) => {
    const row = tokenAt(call);
    Object.assign(row, without(call.params, "userid", "tokenid", "regenerate", "delete"));
    if (!isOn(call, "regenerate")) return shown(row);
    const { digest: _digest, ...settings } = row;
    return createToken(call.state, idOf(call), settings);
  }),
  [`DELETE ${TOKEN}`]: write((call) => {
    tokenAt(call);
    delete sectionsOf(call.state, "tokens")[idOf(call)];
    call.state.acl = call.state.acl.filter(({ ugid }) => ugid !== idOf(call));
    return null;
  }),
  "GET /access/ticket": read(() => null),
  "POST /access/ticket": write((call) => {
    const name = text(call, "username");
    const user = name.includes("@") ? name : `${name}@${text(call, "realm") || "pam"}`;
    checkPassword(call.state, { user, password: text(call, "password") }, call.now);
    const { ticket, csrf } = login(call.state, user, call.now);
    return {
      username: user,
      ticket,
      CSRFPreventionToken: csrf,
      clustername: call.state.name,
      cap: capabilities(call.state, user),
    };
  }),
  "GET /access/tfa": read(() => []),
};

/** Its secret is told once, here. */
export function createToken(state: ClusterState, id: string, settings: Row): Json {
  const value = randomUUID();
  sectionsOf(state, "tokens")[id] = { ...settings, digest: digestOf(state, value) };
  const info = Object.fromEntries(Object.entries(settings).map(([name, one]) => [name, String(one)]));
  return { "full-tokenid": id, value, info };
}

export function tokensOf(state: ClusterState, user: string): Record<string, Row> {
  const own = Object.entries(sectionsOf(state, "tokens")).filter(([id]) => userOf(id) === user);
  return Object.fromEntries(own.map(([id, row]) => [id.split("!")[1] ?? "", shown(row)]));
}

function idOf(call: Call): string {
  return `${text(call, "userid")}!${text(call, "tokenid")}`;
}

function tokenAt(call: Call): Row {
  const row = named(sectionsOf(call.state, "tokens"), idOf(call));
  if (!row)
    throw new AppError(
      "not_found",
      `no such token '${text(call, "tokenid")}' for user '${text(call, "userid")}' does not exist`,
    );
  return row;
}

function shown({ digest: _digest, ...row }: Row): Row {
  return row;
}

/** What the web interface shows of itself. */
function capabilities(state: ClusterState, user: string): Json {
  const places: [string, string][] = [
    ["access", "/access"],
    ["dc", "/"],
    ["nodes", "/nodes"],
    ["sdn", "/sdn"],
    ["storage", "/storage"],
    ["vms", "/vms"],
  ];
  return Object.fromEntries(
    places.map(([name, path]) => [
      name,
      Object.fromEntries([...privilegesAt(state, user, path).keys()].map((one) => [one, 1])),
    ]),
  );
}
