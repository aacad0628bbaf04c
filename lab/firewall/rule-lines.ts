/** One rule of the Proxmox firewall as lines of iptables (ipt_rule_to_cmds of PVE/Firewall.pm). */
import type { Row } from "../cluster/state.ts";
import { addressMatch, type Names } from "./addresses.ts";
import { macroOf } from "./macros.ts";

/** What ACCEPT and REJECT are in a chain: `RETURN`, a chain of one's own. */
export type Actions = Readonly<Record<string, string>>;

const PORT_PROTOCOLS = ["tcp", "udp", "udplite", "sctp", "dccp"];

/** None where something in the rule is no name, no port, or of IPv6: such a rule does not count. */
export function ruleLines(
  rule: Row,
  chain: string,
  context: { names: Names; actions: Actions; interface?: string },
): string[] {
  const macro = rule["macro"] ? macroOf(String(rule["macro"])) : undefined;
  if (rule["macro"] && !macro) return [];
  const parts: Row[] = macro ? macro.traffic.map((traffic) => ({ ...rule, ...traffic })) : [rule];
  const action = context.actions[String(rule["action"])] ?? String(rule["action"]);
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
  const [proto, dport, sport, type] = ["proto", "dport", "sport", "icmp-type"].map((name) =>
    String(rule[name] ?? ""),
  );
  if (!proto) return dport || sport ? undefined : [];
  if (!/^[\w-]{1,20}$/.test(proto) || /^(?:icmpv6|ipv6-icmp)$/.test(proto)) return undefined;
  if (proto === "icmp") {
    const kind = type || dport;
    if (kind && !/^[\w-]{1,40}$/.test(kind)) return undefined;
    return ["-p icmp", ...(kind ? [`-m icmp --icmp-type ${kind}`] : [])];
  }
  if ((dport || sport) && !PORT_PROTOCOLS.includes(proto)) return undefined;
  if (![dport, sport].every((ports) => !ports || arePorts(ports))) return undefined;
  const destination = portMatch("d", dport ?? "");
  const source = portMatch("s", sport ?? "");
  // A single port stands before a list of them.
  const isList = sport?.includes(",") === true;
  return [`-p ${proto}`, ...(isList ? [...destination, ...source] : [...source, ...destination])];
}

function portMatch(side: "d" | "s", ports: string): string[] {
  if (!ports) return [];
  return [ports.includes(",") ? `--match multiport --${side}ports ${ports}` : `--${side}port ${ports}`];
}

/** `22`, `5900:5999`, `http`, a list of at most fifteen numbers. */
export function arePorts(text: string): boolean {
  const numbers = text.split(/[,:]/);
  return (
    numbers.length <= 15 &&
    text.split(",").every((part) => {
      const [, from, to] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(part) ?? [];
      if (from === undefined) return /^[a-z][\w-]{0,30}$/i.test(part);
      return (
        Number(from) <= 65_535 && (to === undefined || (Number(to) <= 65_535 && Number(from) <= Number(to)))
      );
    })
  );
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
