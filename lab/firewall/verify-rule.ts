/** What the API refuses in a rule (verify_rule of PVE/Firewall.pm): names that are none, ports without a protocol. */
import type { Firewall, Row } from "../cluster/state.ts";
import { addressMatch, aliasOf, isAddress, type Names } from "./addresses.ts";
import { macroOf } from "./macros.ts";
import { arePorts } from "./rule-lines.ts";

export type Complaint = { parameter: string; message: string };

/** `own`: the firewall of the guest or node whose rule it is. Undefined for a rule that counts. */
export function complaintOf(rule: Row, cluster: Firewall, own?: Firewall): Complaint | undefined {
  const names: Names = { cluster, own, vmid: 0 };
  return actionComplaint(rule, cluster) ?? addressComplaint(rule, names) ?? trafficComplaint(rule);
}

function actionComplaint(rule: Row, { groups }: Firewall): Complaint | undefined {
  const action = String(rule["action"] ?? "");
  if (rule["type"] === "group")
    return groups[action]
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
    const isSet = told.startsWith("+");
    const isKnown = isSet ? addressMatch(told, "src", names) : aliasOf(told, names);
    if (!told || isAddress(told) || isKnown !== undefined) continue;
    if (isSet) return { parameter, message: `no such ipset '${told.replace(/^\+(?:\w+\/)?/, "")}'` };
    const isName = /^(?:(?:dc|guest)\/)?[A-Za-z][\w-]+$/.test(told);
    return { parameter, message: isName ? `no such alias '${told}'` : `invalid IP address: ${told}` };
  }
  return undefined;
}

function trafficComplaint(rule: Row): Complaint | undefined {
  for (const parameter of ["dport", "sport"]) {
    const ports = String(rule[parameter] ?? "");
    if (!ports) continue;
    if (!rule["proto"] && !rule["macro"])
      return { parameter: "proto", message: `missing property - '${parameter}' requires this property` };
    if (!arePorts(ports)) return { parameter, message: `invalid port '${ports}'` };
  }
  return undefined;
}
