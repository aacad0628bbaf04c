/** cluster.fw, host.fw and VMID.fw as PVE/Firewall.pm reads them (generic_fw_config_parser): a bad line is left out. */
import type { ClusterState, Firewall, Row } from "../cluster/state.ts";
import { isGroupName, isName, isNetwork } from "../firewall/values.ts";

const HEAD = /^\[(options|aliases|rules|group|ipset)(?:\s+(\S{1,80}))?\]\s*(?:#(.*))?$/i;
const LEVELS = "emerg alert crit err warning notice info debug nolog".split(" ");

type Section = (line: string) => void;

/** `scope`: `cluster`, `node/pve1`, `guest/100`. An empty file is no firewall. */
export function applyFirewall(draft: ClusterState, scope: string, text: string): void {
  const firewall = parseFirewall(text);
  if (text.trim() === "") delete draft.firewalls[scope];
  else draft.firewalls[scope] = firewall;
}

export function parseFirewall(text: string): Firewall {
  const firewall: Firewall = { options: {}, rules: [], aliases: {}, ipsets: {}, groups: {} };
  let section: Section | undefined;
  for (const line of text.split("\n").map((one) => one.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const head = HEAD.exec(line);
    if (head) section = openSection(firewall, head);
    else section?.(line);
  }
  return firewall;
}

function openSection(
  firewall: Firewall,
  [, kind = "", given = "", comment]: readonly string[],
): Section | undefined {
  const name = given.toLowerCase();
  const told = comment?.trim() ? { comment: comment.trim() } : {};
  switch (kind.toLowerCase()) {
    case "options":
      return (line) => readOption(firewall.options, line);
    case "aliases":
      return (line) => readAlias(firewall.aliases, line);
    case "rules":
      return (line) => readRule(firewall.rules, line);
    case "group": {
      if (!isGroupName(name)) return undefined;
      const rules: Row[] = [];
      firewall.groups[name] = { ...told, rules };
      return (line) => readRule(rules, line);
    }
    default: {
      if (!isName(name)) return undefined;
      const entries: Row[] = [];
      const known = new Set<string>();
      firewall.ipsets[name] = { ...told, entries };
      return (line) => readEntry(entries, known, line);
    }
  }
}

const SWITCHES =
  /^(?:enable|ebtables|dhcp|ndp|radv|macfilter|ipfilter|ips|nosmurfs|tcpflags|log_nf_conntrack|nf_conntrack_allow_invalid|protection_synflood|nftables)$/;

function readOption(options: Row, line: string): void {
  const [, given = "", value = ""] = /^(\w{1,60}):\s*(\S*)$/.exec(line) ?? [];
  const name = given.toLowerCase();
  if (SWITCHES.test(name) && /^\d+$/.test(value)) options[name] = Number(value);
  else if (/^policy_(?:in|out|forward)$/.test(name) && ACTIONS.includes(value.toUpperCase()))
    options[name] = value.toUpperCase();
  else if (/^(?:nf_conntrack_(?:max|tcp_timeout_\w+)|protection_\w+)$/.test(name) && /^\d+$/.test(value))
    options[name] = Number(value);
  else if (/log_level/.test(name) && LEVELS.includes(value.toLowerCase()))
    options[name] = value.toLowerCase();
  else if (/^(?:log_ratelimit|nf_conntrack_helpers|ips_queues|layer2_protocols)$/.test(name) && value)
    options[name] = value;
}

function readAlias(aliases: Firewall["aliases"], line: string): void {
  const { content, comment } = withoutComment(line);
  const [name = "", cidr = "", ...more] = content.split(/\s+/);
  if (isName(name) && isNetwork(cidr) && more.length === 0)
    aliases[name.toLowerCase()] = { cidr, ...comment };
}

/** What names nothing is kept as it stands, and counts for nothing. */
function readEntry(entries: Row[], known: Set<string>, line: string): void {
  const { content, comment } = withoutComment(line);
  const cidr = content.replace(/^!\s*/, "");
  if (!/^[\w.:/-]+$/.test(cidr) || known.has(cidr)) return;
  known.add(cidr);
  entries.push({ cidr, ...(content.startsWith("!") && { nomatch: 1 }), ...comment });
}

const ACTIONS = ["ACCEPT", "DROP", "REJECT"];
const OPTIONS: Readonly<Record<string, string>> = {
  ...{
    i: "iface",
    p: "proto",
    proto: "proto",
    dport: "dport",
    sport: "sport",
    source: "source",
    dest: "dest",
  },
  ...{ log: "log", "icmp-type": "icmp-type" },
};

/** `|IN SSH(ACCEPT) -source +admins -log nolog # why`. */
function readRule(rules: Row[], line: string): void {
  const { content, comment } = withoutComment(line);
  const [kind = "", what = "", ...words] = content.replace(/^\|/, "").split(/\s+/);
  const type = kind.toLowerCase();
  const [, macro, action] = /^(\w+)\((ACCEPT|DROP|REJECT)\)$/.exec(what) ?? [];
  const told = optionsOf(words);
  const isRule = ["in", "out", "forward"].includes(type) && (macro !== undefined || ACTIONS.includes(what));
  if (!told || !(isRule || (type === "group" && isName(what)))) return;
  const enable = content.startsWith("|") ? 0 : 1;
  rules.push({ type, action: action ?? what, ...(macro && { macro }), enable, ...told, ...comment });
}

/** Undefined where a word is none of them, or a level of logging none. */
function optionsOf(words: readonly string[]): Row | undefined {
  const row: Row = {};
  for (let at = 0; at < words.length; at += 2) {
    const word = words[at]?.replace(/^--?/, "") ?? "";
    const name = Object.hasOwn(OPTIONS, word) ? OPTIONS[word] : undefined;
    const value = words[at + 1];
    if (!name || value === undefined || (name === "log" && !LEVELS.includes(value))) return undefined;
    row[name] = value;
  }
  return row;
}

function withoutComment(line: string): { content: string; comment: Row } {
  const at = line.indexOf("#");
  const comment = at < 0 ? "" : line.slice(at + 1).trim();
  return { content: (at < 0 ? line : line.slice(0, at)).trim(), comment: comment ? { comment } : {} };
}
