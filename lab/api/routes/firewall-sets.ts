/** What rules refer to: aliases and sets of addresses. */
import { AppError } from "../../../agents/base/errors.ts";
import { named } from "../../cluster/named.ts";
import { badParameter } from "../../cluster/options.ts";
import type { Firewall, Row } from "../../cluster/state.ts";
import type { Names } from "../../firewall/addresses.ts";
import { isName } from "../../firewall/values.ts";
import { networkComplaint } from "../../firewall/verify-rule.ts";
import { type Call, type Handlers, has, read, text, without, write } from "../call.ts";
import { CLUSTER, digestOf, firewallOf, PLACE, type Scope } from "./firewall-rules.ts";

export function aliasRoutes(base: string, scope: Scope): Handlers {
  const shown = (name: string, row: Row): Row => ({
    name,
    ...row,
    digest: digestOf(row),
    ipversion: String(row["cidr"]).includes(":") ? 6 : 4,
  });
  const at = (call: Call): Row => {
    const row = named(firewallOf(call, scope).aliases, text(call, "name").toLowerCase());
    if (!row) throw badParameter("name", `no such alias '${text(call, "name")}'`);
    return row;
  };
  return {
    [`GET ${base}`]: read((call) =>
      Object.entries(firewallOf(call, scope).aliases).map(([name, row]) => shown(name, row)),
    ),
    [`POST ${base}`]: write((call) => {
      const { aliases } = firewallOf(call, scope);
      const name = text(call, "name").toLowerCase();
      if (named(aliases, name)) throw badParameter("name", `alias '${name}' already exists`);
      requireName("name", name);
      requireNetwork(text(call, "cidr"));
      aliases[name] = {
        cidr: text(call, "cidr"),
        ...(text(call, "comment") ? { comment: text(call, "comment") } : {}),
      };
      return null;
    }),
    [`GET ${base}/{name}`]: read((call) => shown(text(call, "name").toLowerCase(), at(call))),
    [`PUT ${base}/{name}`]: write((call) => {
      const row = at(call);
      const { aliases } = firewallOf(call, scope);
      requireNetwork(text(call, "cidr"));
      if (has(call, "rename")) requireName("rename", text(call, "rename"));
      Object.assign(
        row,
        { cidr: text(call, "cidr") },
        has(call, "comment") ? { comment: text(call, "comment") } : {},
      );
      if (has(call, "rename")) {
        delete aliases[text(call, "name").toLowerCase()];
        aliases[text(call, "rename").toLowerCase()] = row;
      }
      return null;
    }),
    [`DELETE ${base}/{name}`]: write((call) => {
      at(call);
      delete firewallOf(call, scope).aliases[text(call, "name").toLowerCase()];
      return null;
    }),
  };
}

type IpSet = Firewall["ipsets"][string];

export function setRoutes(base: string, scope: Scope): Handlers {
  const at = (call: Call): IpSet => {
    const found = named(firewallOf(call, scope).ipsets, text(call, "name"));
    if (!found) throw new AppError("not_found", `no such IPSet '${text(call, "name")}' does not exist`);
    return found;
  };
  const entry = (call: Call): Row => {
    const found = at(call).entries.find(({ cidr }) => cidr === call.params["cidr"]);
    if (!found) throw badParameter("cidr", "no such IP/Network");
    return found;
  };
  return {
    [`GET ${base}`]: read((call) =>
      Object.entries(firewallOf(call, scope).ipsets).map(([name, { comment, entries }]) => ({
        name,
        ...(comment ? { comment } : {}),
        digest: digestOf(entries),
      })),
    ),
    [`POST ${base}`]: write((call) => createSet(call, firewallOf(call, scope))),
    [`GET ${base}/{name}`]: read((call) =>
      at(call).entries.map((row) => ({ ...row, digest: digestOf(at(call).entries) })),
    ),
    [`POST ${base}/{name}`]: write((call) => {
      const { entries } = at(call);
      if (entries.some(({ cidr }) => cidr === call.params["cidr"]))
        throw badParameter("cidr", `address '${text(call, "cidr")}' already exists`);
      const cluster = firewallOf(call, CLUSTER);
      requireNetwork(text(call, "cidr"), { cluster, own: firewallOf(call, scope), vmid: 0 });
      entries.push(without(call.params, ...PLACE, "name"));
      return null;
    }),
    [`DELETE ${base}/{name}`]: write((call) => {
      if (at(call).entries.length > 0 && call.params["force"] !== 1)
        throw new AppError("conflict", `IPSet '${text(call, "name")}' is not empty`);
      delete firewallOf(call, scope).ipsets[text(call, "name")];
      return null;
    }),
    [`GET ${base}/{name}/{cidr}`]: read((call) => ({ ...entry(call), digest: digestOf(at(call).entries) })),
    [`PUT ${base}/{name}/{cidr}`]: write(
      (call) => void Object.assign(entry(call), without(call.params, ...PLACE, "name", "cidr")),
    ),
    [`DELETE ${base}/{name}/{cidr}`]: write((call) => {
      const found = entry(call);
      at(call).entries.splice(at(call).entries.indexOf(found), 1);
      return null;
    }),
  };
}

function createSet(call: Call, { ipsets }: Firewall): null {
  const [name, before] = [text(call, "name"), text(call, "rename")];
  const comment = has(call, "comment") ? { comment: text(call, "comment") } : {};
  requireName("name", name);
  if (before) {
    const found = named(ipsets, before);
    if (!found) throw badParameter("rename", `IPSet '${before}' does not exist`);
    delete ipsets[before];
    ipsets[name] = { ...found, ...comment };
    return null;
  }
  if (named(ipsets, name)) throw badParameter("name", `IPSet '${name}' already exists`);
  ipsets[name] = { entries: [], ...comment };
  return null;
}

function requireNetwork(cidr: string, names?: Names): void {
  const complaint = networkComplaint(cidr, names);
  if (complaint) throw badParameter(complaint.parameter, complaint.message);
}

function requireName(parameter: string, name: string): void {
  if (!isName(name)) throw badParameter(parameter, "value does not match the regex pattern");
}

export function references({ aliases, ipsets }: Firewall, scope: string): Row[] {
  return [
    ...Object.entries(aliases).map(([name, row]) => ({
      type: "alias",
      name,
      ref: name,
      scope,
      ...(row["comment"] ? { comment: row["comment"] } : {}),
    })),
    ...Object.entries(ipsets).map(([name, { comment }]) => ({
      type: "ipset",
      name,
      ref: `+${name}`,
      scope,
      ...(comment ? { comment } : {}),
    })),
  ];
}
