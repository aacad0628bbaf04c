/** What the API refuses in a rule (verify_rule of PVE/Firewall.pm): names that are none, ports without a protocol. */
import { named } from "../cluster/named.ts";
import type { Firewall, Row } from "../cluster/state.ts";
import { addressMatch, aliasOf, type Names } from "./addresses.ts";
import { macroConflict, macroOf } from "./macros.ts";
import {
  hasPorts,
  isAddress,
  isIcmp,
  isIcmpType,
  isInterface,
  isName,
  isNetwork,
  isProtocol,
  portsProblem,
} from "./values.ts";

export type Complaint = { parameter: string; message: string };

/** `own`: the firewall of the guest or node whose rule it is. Undefined for a rule that counts. */
export function complaintOf(rule: Row, cluster: Firewall, own?: Firewall): Complaint | undefined {
  const names: Names = { cluster, own, vmid: 0 };
  return (
    formatComplaint(rule) ??
    actionComplaint(rule, cluster) ??
    trafficComplaint(rule) ??
    addressComplaint(rule, names) ??
    macroComplaint(rule)
  );
}

/** In the words of the schema, which looks at each value by itself. */
function formatComplaint(rule: Row): Complaint | undefined {
  const { proto = "", "icmp-type": type = "", iface = "" } = rule;
  if (proto && !isProtocol(String(proto))) return badFormat("proto", `unknown protocol '${proto}'`);
  if (type && !["icmp", "icmpv6"].some((one) => isIcmpType(String(type), one)))
    return badFormat("icmp-type", `invalid icmp-type value '${type}'`);
  if (iface && !isInterface(String(iface)))
    return badFormat("iface", `invalid network interface name '${iface}'`);
  for (const parameter of ["dport", "sport"]) {
    const ports = String(rule[parameter] ?? "");
    const isType = parameter === "dport" && isIcmp(String(proto)) && isIcmpType(ports, String(proto));
    const problem = ports && !isType ? portsProblem(ports) : undefined;
    if (problem) return badFormat(parameter, problem);
  }
  for (const parameter of ["source", "dest"]) {
    const told = String(rule[parameter] ?? "");
    if (told && !told.startsWith("+") && !isAliasName(told) && !isAddress(told))
      return badFormat(parameter, `invalid IP address: ${told}`);
  }
  return undefined;
}

function badFormat(parameter: string, problem: string): Complaint {
  return { parameter, message: `invalid format - ${problem}` };
}

function isAliasName(text: string): boolean {
  return isName(text.replace(/^(?:dc|guest)\//, ""));
}

function actionComplaint(rule: Row, { groups }: Firewall): Complaint | undefined {
  const action = String(rule["action"] ?? "");
  if (rule["type"] === "group")
    return named(groups, action)
      ? undefined
      : { parameter: "action", message: `security group '${action}' does not exist` };
  if (!/^(?:ACCEPT|DROP|REJECT)$/.test(action))
    return { parameter: "action", message: `unknown action '${action}'` };
  const macro = rule["macro"];
  return macro && !macroOf(String(macro))
    ? { parameter: "macro", message: `unknown macro '${macro}'` }
    : undefined;
}

function addressComplaint(rule: Row, names: Names): Complaint | undefined {
  for (const parameter of ["source", "dest"]) {
    const told = String(rule[parameter] ?? "");
    if (!told || isAddress(told)) continue;
    if (!told.startsWith("+")) {
      if (aliasOf(told, names) === undefined) return { parameter, message: `no such alias '${told}'` };
    } else if (addressMatch(told, "src", names) === undefined)
      return { parameter, message: `no such ipset '${told.replace(/^\+(?:\w+\/)?/, "")}'` };
  }
  return undefined;
}

function trafficComplaint(rule: Row): Complaint | undefined {
  const proto = String(rule["proto"] ?? "");
  for (const parameter of ["dport", "sport"]) {
    if (!rule[parameter]) continue;
    if (!proto && !rule["macro"])
      return { parameter: "proto", message: `missing property - '${parameter}' requires this property` };
    if (proto && !hasPorts(proto) && !(parameter === "dport" && isIcmp(proto)))
      return { parameter, message: `protocol '${proto}' does not support ports` };
  }
  const type = String(rule["icmp-type"] ?? "");
  if (!type) return undefined;
  if (!isIcmp(proto))
    return { parameter: "proto", message: "missing property - 'icmp-type' requires this property" };
  if (rule["dport"])
    return { parameter: "icmp-type", message: "'icmp-type' cannot be specified together with 'dport'" };
  if (isIcmpType(type, proto)) return undefined;
  return { parameter: "icmp-type", message: `invalid icmp-type '${type}' for proto '${proto}'` };
}

function macroComplaint(rule: Row): Complaint | undefined {
  const conflict = macroConflict(rule, macroOf(String(rule["macro"] ?? ""))?.traffic ?? []);
  if (!conflict) return undefined;
  const message = `parameter '${conflict.parameter}' already define in macro (value = '${conflict.value}')`;
  return { parameter: conflict.parameter, message };
}

/** Of an entry of a set, or what an alias stands for. */
export function networkComplaint(cidr: string, aliases?: Names): Complaint | undefined {
  if (isNetwork(cidr)) return undefined;
  if (!aliases || !isAliasName(cidr))
    return badFormat("cidr", "value does not look like a valid IP address or CIDR network");
  return aliasOf(cidr, aliases) === undefined
    ? { parameter: "cidr", message: `no such alias '${cidr}'` }
    : undefined;
}
