/** Options and ordered rules of any firewall: of the cluster, a node, a guest, a VNet or a security group. */
import { createHash } from "node:crypto";
import { AppError } from "../../../agents/base/errors.ts";
import { badParameter } from "../../cluster/options.ts";
import type { ClusterState, Firewall, Json, Row } from "../../cluster/state.ts";
import { complaintOf } from "../../firewall/verify-rule.ts";
import { type Call, type Handlers, has, list, read, text, without, write } from "../call.ts";

export type Scope = (call: Call) => string;

export const CLUSTER: Scope = () => "cluster";
export const NODE: Scope = (call) => `node/${call.params["node"]}`;
export const GUEST: Scope = (call) => `guest/${call.params["vmid"]}`;
export const VNET: Scope = (call) => `vnet/${call.params["vnet"]}`;
export const PLACE = ["node", "vmid", "vnet", "group", "pos", "digest", "delete", "moveto"];

export function firewallOf(call: Pick<Call, "state" | "params">, scope: (call: Call) => string): Firewall {
  return firewallAt(call.state, scope(call as Call));
}

export function firewallAt(state: ClusterState, scope: string): Firewall {
  state.firewalls[scope] ??= { options: {}, rules: [], aliases: {}, ipsets: {}, groups: {} };
  return state.firewalls[scope];
}

export function optionRoutes(base: string, scope: Scope): Handlers {
  return {
    [`GET ${base}/options`]: read((call) => {
      const { options } = firewallOf(call, scope);
      return { ...options, digest: digestOf(options) };
    }),
    [`PUT ${base}/options`]: write((call) => {
      const { options } = firewallOf(call, scope);
      requireDigest(call, options);
      Object.assign(options, without(call.params, ...PLACE));
      for (const name of list(call, "delete")) delete options[name];
      return null;
    }),
  };
}

export function ruleRoutes(base: string, rulesOf: (call: Call) => Row[]): Handlers {
  return {
    [`GET ${base}`]: read((call) =>
      rulesOf(call).map((rule, pos) => ({ ...rule, pos, digest: digestOf(rulesOf(call)) })),
    ),
    [`POST ${base}`]: write((call) => {
      const rules = rulesOf(call);
      const rule = without(call.params, ...PLACE);
      requireSense(call, rule);
      rules.splice(Number(call.params["pos"] ?? 0), 0, rule);
      return null;
    }),
    [`GET ${base}/{pos}`]: read((call) => ({
      ...ruleAt(rulesOf(call), call),
      pos: text(call, "pos"),
      digest: digestOf(rulesOf(call)),
    })),
    [`PUT ${base}/{pos}`]: write((call) => {
      const rules = rulesOf(call);
      const rule = ruleAt(rules, call);
      requireDigest(call, rules);
      if (has(call, "moveto")) {
        rules.splice(rules.indexOf(rule), 1);
        rules.splice(Number(call.params["moveto"]), 0, rule);
        return null;
      }
      Object.assign(rule, without(call.params, ...PLACE));
      for (const name of list(call, "delete")) delete rule[name];
      requireSense(call, rule);
      return null;
    }),
    [`DELETE ${base}/{pos}`]: write((call) => {
      const rules = rulesOf(call);
      requireDigest(call, rules);
      rules.splice(rules.indexOf(ruleAt(rules, call)), 1);
      return null;
    }),
  };
}

function ruleAt(rules: Row[], call: Call): Row {
  const rule = rules[Number(call.params["pos"])];
  if (!rule) throw new AppError("not_found", `no rule at position ${text(call, "pos")}`);
  return rule;
}

function requireSense(call: Call, rule: Row): void {
  const own = call.params["vmid"] === undefined ? undefined : firewallOf(call, GUEST);
  const complaint = complaintOf(rule, firewallOf(call, CLUSTER), own);
  if (complaint) throw badParameter(complaint.parameter, complaint.message);
}

function requireDigest(call: Call, value: Json): void {
  const digest = text(call, "digest");
  if (digest && digest !== digestOf(value))
    throw new AppError(
      "conflict",
      "detected modified configuration - file changed by other user? Try again.",
    );
}

export function digestOf(value: Json): string {
  return createHash("sha1").update(JSON.stringify(value)).digest("hex");
}
