/** One rule of the Proxmox firewall as lines of iptables (ipt_rule_to_cmds of PVE/Firewall.pm). */
import { named } from "../cluster/named.ts";
import type { Row } from "../cluster/state.ts";
import { addressMatch, type Names } from "./addresses.ts";
import { macroConflict, macroOf } from "./macros.ts";
import { arePorts, hasPorts, isIcmp6, isIcmpType, isProtocol } from "./values.ts";

/** What ACCEPT and REJECT are in a chain: `RETURN`, a chain of one's own. */
export type Actions = Readonly<Record<string, string>>;

/** None where something in the rule is no name, no port, or of IPv6: such a rule does not count. */
export function ruleLines(
  rule: Row,
  chain: string,
  context: { names: Names; actions: Actions; interface?: string },
): string[] {
  const macro = rule["macro"] ? macroOf(String(rule["macro"])) : undefined;
  if (rule["macro"] && !macro) return [];
  if (macro && macroConflict(rule, macro.traffic)) return [];
  const parts: Row[] = macro ? macro.traffic.map((traffic) => ({ ...rule, ...traffic })) : [rule];
  const action = named(context.actions, String(rule["action"])) ?? String(rule["action"]);
  const jump = action === MARK ? `-g ${action}` : `-j ${action}`;
  const lines = parts.map((part) => {
    const match = matchOf(part, context.names);
    if (match === undefined) return undefined;
    const head = ["-A", chain, context.interface, ...match].filter(Boolean).join(" ");
    return [...logLines(head, chain, rule), `${head} ${jump}`];
  });
  return lines.includes(undefined) ? [] : lines.flatMap((all) => all ?? []);
}

export const MARK = "PVEFW-SET-ACCEPT-MARK";

function matchOf(rule: Row, names: Names): string[] | undefined {
  const addresses = (["source", "dest"] as const).map((name) => {
    const value = rule[name];
    return value ? addressMatch(String(value), name === "source" ? "src" : "dst", names) : "";
  });
  const traffic = trafficMatch(rule);
  if (addresses.includes(undefined) || traffic === undefined) return undefined;
  return [...addresses, ...traffic].filter((part): part is string => Boolean(part));
}

function trafficMatch(rule: Row): string[] | undefined {
  const [proto = "", dport = "", sport = "", type = ""] = ["proto", "dport", "sport", "icmp-type"].map(
    (name) => String(rule[name] ?? ""),
  );
  if (!proto) return dport || sport || type ? undefined : [];
  if (!isProtocol(proto) || isIcmp6(proto)) return undefined;
  if (proto === "icmp") return sport ? undefined : icmpMatch(type, dport);
  if (type || ((dport || sport) && !hasPorts(proto))) return undefined;
  if (![dport, sport].every((ports) => !ports || arePorts(ports))) return undefined;
  const destination = portMatch("d", dport);
  const source = portMatch("s", sport);
  // A single port stands before a list of them.
  const isList = sport.includes(",");
  return [`-p ${proto}`, ...(isList ? [...destination, ...source] : [...source, ...destination])];
}

/** A type stands in the place of a port in older files: there a number is one as well. */
function icmpMatch(type: string, dport: string): string[] | undefined {
  if (type && dport) return undefined;
  if (!type && !dport) return ["-p icmp"];
  const isNumber = /^\d{1,3}$/.test(dport) && Number(dport) <= 255;
  return isNumber || isIcmpType(type || dport, "icmp")
    ? ["-p icmp", `-m icmp --icmp-type ${type || dport}`]
    : undefined;
}

function portMatch(side: "d" | "s", ports: string): string[] {
  if (!ports) return [];
  return [ports.includes(",") ? `--match multiport --${side}ports ${ports}` : `--${side}port ${ports}`];
}

const LEVELS = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/** `level` undefined or nolog: nothing is logged. */
export function logLine(
  head: string,
  chain: string,
  { level, text }: { level: unknown; text: string },
): string[] {
  const number = LEVELS.indexOf(String(level));
  if (number < 0) return [];
  return [`${head} -m limit --limit 1/sec -j NFLOG --nflog-prefix ":0:${number}:${chain}: ${text}"`];
}

function logLines(head: string, chain: string, rule: Row): string[] {
  return logLine(head, chain, { level: rule["log"], text: `${rule["action"]}: ` });
}
