/** The Proxmox firewall as data: which paths of the API lead to which of its parts; security groups. */
import { AppError } from "../../../agents/base/errors.ts";
import { named } from "../../cluster/named.ts";
import { badParameter } from "../../cluster/options.ts";
import type { Firewall } from "../../cluster/state.ts";
import { MACRO_NAMES } from "../../firewall/macros.ts";
import { isGroupName } from "../../firewall/values.ts";
import { type Call, type Handlers, has, read, text, write } from "../call.ts";
import {
  CLUSTER,
  digestOf,
  firewallOf,
  GUEST,
  NODE,
  optionRoutes,
  ruleRoutes,
  VNET,
} from "./firewall-rules.ts";
import { aliasRoutes, references, setRoutes } from "./firewall-sets.ts";

export const firewallRoutes: Handlers = {
  ...optionRoutes("/cluster/firewall", CLUSTER),
  ...ruleRoutes("/cluster/firewall/rules", (call) => firewallOf(call, CLUSTER).rules),
  ...ruleRoutes("/cluster/firewall/groups/{group}", (call) => groupAt(call).rules),
  ...aliasRoutes("/cluster/firewall/aliases", CLUSTER),
  ...setRoutes("/cluster/firewall/ipset", CLUSTER),
  ...optionRoutes("/nodes/{node}/firewall", NODE),
  ...ruleRoutes("/nodes/{node}/firewall/rules", (call) => firewallOf(call, NODE).rules),
  ...guestRoutes("/nodes/{node}/qemu/{vmid}/firewall"),
  ...guestRoutes("/nodes/{node}/lxc/{vmid}/firewall"),
  ...optionRoutes("/cluster/sdn/vnets/{vnet}/firewall", VNET),
  ...ruleRoutes("/cluster/sdn/vnets/{vnet}/firewall/rules", (call) => firewallOf(call, VNET).rules),
  "GET /nodes/{node}/firewall/log": read(() => [{ n: 1, t: "no content" }]),
  "GET /cluster/firewall/groups": read((call) =>
    Object.entries(firewallOf(call, CLUSTER).groups).map(([group, { comment, rules }]) => ({
      group,
      ...(comment ? { comment } : {}),
      digest: digestOf(rules),
    })),
  ),
  "POST /cluster/firewall/groups": write(createGroup),
  "DELETE /cluster/firewall/groups/{group}": write((call) => {
    if (groupAt(call).rules.length > 0)
      throw new AppError("conflict", `Security group '${text(call, "group")}' is not empty`);
    delete firewallOf(call, CLUSTER).groups[text(call, "group")];
    return null;
  }),
  "GET /cluster/firewall/macros": read(() =>
    MACRO_NAMES.map((macro) => ({
      macro,
      descr: `${macro} traffic`,
    })),
  ),
  "GET /cluster/firewall/refs": read((call) => references(firewallOf(call, CLUSTER), "dc")),
};

function guestRoutes(base: string): Handlers {
  return {
    ...optionRoutes(base, GUEST),
    ...ruleRoutes(`${base}/rules`, (call) => firewallOf(call, GUEST).rules),
    ...aliasRoutes(`${base}/aliases`, GUEST),
    ...setRoutes(`${base}/ipset`, GUEST),
    [`GET ${base}/refs`]: read((call) => [
      ...references(firewallOf(call, CLUSTER), "dc"),
      ...references(firewallOf(call, GUEST), "guest"),
    ]),
    [`GET ${base}/log`]: read(() => [{ n: 1, t: "no content" }]),
  };
}

function groupAt(call: Call): Firewall["groups"][string] {
  const group = named(firewallOf(call, CLUSTER).groups, text(call, "group"));
  if (!group)
    throw new AppError("not_found", `no such security group '${text(call, "group")}' does not exist`);
  return group;
}

function createGroup(call: Call): null {
  const { groups } = firewallOf(call, CLUSTER);
  const [name, before] = [text(call, "group"), text(call, "rename")];
  const comment = has(call, "comment") ? { comment: text(call, "comment") } : {};
  if (!isGroupName(name)) throw badParameter("group", "value does not match the regex pattern");
  if (before) {
    const group = named(groups, before);
    if (!group) throw badParameter("rename", `Security group '${before}' does not exist`);
    delete groups[before];
    groups[name] = { ...group, ...comment };
    return null;
  }
  if (named(groups, name)) throw badParameter("group", `Security group '${name}' already exists`);
  groups[name] = { rules: [], ...comment };
  return null;
}
