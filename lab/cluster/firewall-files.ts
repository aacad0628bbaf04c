/** The Proxmox firewall as its files: firewall/cluster.fw, firewall/VMID.fw, nodes/NAME/host.fw. */
import type { ClusterState, Firewall, Json, Row } from "./state.ts";

/** By their path below /etc/pve; a firewall of which nothing is told has no file. */
export function firewallFiles({ firewalls }: ClusterState): Record<string, string> {
  const files = Object.entries(firewalls).map(([key, firewall]) => [pathOf(key), contentOf(firewall)]);
  return Object.fromEntries(files.filter(([path, content]) => path && content));
}

function pathOf(key: string): string {
  const [kind, id = ""] = key.split("/");
  if (kind === "cluster") return "firewall/cluster.fw";
  if (kind === "node") return `nodes/${id}/host.fw`;
  return kind === "guest" ? `firewall/${id}.fw` : "";
}

function contentOf({ options, aliases, ipsets, groups, rules }: Firewall): string {
  const parts = [
    part("OPTIONS", pairs(options)),
    part(
      "ALIASES",
      Object.entries(aliases).map(([name, row]) => `${name} ${row["cidr"]}${commentOf(row["comment"])}`),
    ),
    ...Object.entries(ipsets).map(([name, { comment, entries }]) =>
      part(`IPSET ${name}${commentOf(comment)}`, entries.map(entryOf), true),
    ),
    part("RULES", rules.map(ruleOf)),
    ...Object.entries(groups).map(([name, group]) =>
      part(`group ${name}${commentOf(group.comment)}`, group.rules.map(ruleOf), true),
    ),
  ];
  return parts.filter(Boolean).join("\n");
}

/** The comment of a set stands behind its bracket. */
function part(title: string, lines: string[], isKept = false): string {
  if (lines.length === 0 && !isKept) return "";
  const [name = "", ...comment] = title.split(" # ");
  const head = `[${name}]${comment.length > 0 ? ` # ${comment.join(" # ")}` : ""}`;
  return `${head}\n\n${lines.map((line) => `${line}\n`).join("")}`;
}

function pairs(row: Row): string[] {
  const shown = Object.entries(row).filter(([name, value]) => name !== "digest" && value !== null);
  return shown.map(([name, value]) => `${name}: ${value}`);
}

function entryOf(row: Row): string {
  return `${row["nomatch"] ? "!" : ""}${row["cidr"]}${commentOf(row["comment"])}`;
}

const OPTIONS: readonly [name: string, option: string][] = [
  ["iface", "i"],
  ["source", "source"],
  ["dest", "dest"],
  ["proto", "p"],
  ["dport", "dport"],
  ["sport", "sport"],
  ["icmp-type", "icmp-type"],
  ["log", "log"],
];

/** `|IN SSH(ACCEPT) -source +admins -log nolog # why`: the bar is that of a rule that does not count. */
function ruleOf(row: Row): string {
  const action = row["macro"] ? `${row["macro"]}(${row["action"]})` : row["action"];
  const given = OPTIONS.flatMap(([name, option]) => (row[name] ? [` -${option} ${row[name]}`] : []));
  const isOff = row["enable"] === undefined || row["enable"] === 0;
  const kind = row["type"] === "group" ? "GROUP" : String(row["type"]).toUpperCase();
  return `${isOff ? "|" : ""}${kind} ${action}${given.join("")}${commentOf(row["comment"])}`;
}

function commentOf(comment: Json | undefined): string {
  return comment ? ` # ${String(comment).split("\n")[0]}` : "";
}
