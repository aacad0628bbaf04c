/** What a rule's source or destination stands for: addresses, aliases, sets. IPv4 only: the lab's nodes have no other. */
import { named } from "../cluster/named.ts";
import type { ClusterState, Firewall } from "../cluster/state.ts";
import { isAddress, isName, isNetwork } from "./values.ts";

export type SetEntry = { cidr: string; nomatch: boolean };

/** Where the names of a rule are looked up: a guest's or node's own firewall first, then the cluster's. */
export type Names = { cluster: Firewall; own?: Firewall | undefined; vmid: number };

const NO_FIREWALL: Firewall = { options: {}, rules: [], aliases: {}, ipsets: {}, groups: {} };

export function clusterFirewall(state: ClusterState): Firewall {
  return state.firewalls["cluster"] ?? NO_FIREWALL;
}

/** The network in which the node has its address, unless an alias says otherwise. */
export function localNetwork(
  state: ClusterState,
  node: string,
): { detected: string; told: string | undefined } {
  const address = state.nodes.find(({ name }) => name === node)?.address ?? "127.0.0.1";
  const detected = `${address.replace(/\.\d+$/, "")}.0/24`;
  return { detected, told: aliasOf("local_network", { cluster: clusterFirewall(state), vmid: 0 }) };
}

/** As ipset knows it. */
export function setName(vmid: number, name: string): string {
  return `PVEFW-${vmid}-${name}-v4`;
}

/** `-s 10.0.0.0/8`, a set, a range; undefined for a name that is none, or an address of IPv6. */
export function addressMatch(text: string, side: "src" | "dst", names: Names): string | undefined {
  const flag = side === "src" ? "-s" : "-d";
  if (text.startsWith("+")) {
    const [, scope, name = ""] = /^\+(?:(dc|guest)\/)?([\w-]+)$/.exec(text) ?? [];
    const own = scope !== "dc" && named(names.own?.ipsets, name) ? names.vmid : undefined;
    const found = own ?? (scope !== "guest" && named(names.cluster.ipsets, name) ? 0 : undefined);
    return found === undefined ? undefined : `-m set --match-set ${setName(found, name)} ${side}`;
  }
  const cidr = isAddress(text) ? text : aliasOf(text, names);
  if (cidr === undefined || cidr.includes(":")) return undefined;
  return cidr.includes("-") ? `-m iprange --${side}-range ${cidr}` : `${flag} ${cidr.replace(/\/32$/, "")}`;
}

/** Of the sets that hold something for IPv4: without duplicates, in order. */
export function setEntries(entries: Firewall["ipsets"][string]["entries"], names: Names): SetEntry[] {
  const found = entries.flatMap((entry): [string, SetEntry][] => {
    const told = String(entry["cidr"]);
    const cidr = isNetwork(told) ? told : aliasOf(told, names);
    if (cidr === undefined || cidr.includes(":") || /\/0+$/.test(cidr)) return [];
    const plain = cidr.replace(/\/32$/, "");
    return [[plain, { cidr: plain, nomatch: Boolean(entry["nomatch"]) }]];
  });
  return [...new Map(found.sort(([one], [other]) => (one < other ? -1 : 1))).values()];
}

/** Undefined for a name that is no alias, and for one that stands for no network. */
export function aliasOf(text: string, { cluster, own }: Names): string | undefined {
  const [scope, name] = text.includes("/") ? text.split("/", 2) : [undefined, text];
  if (!isName(name ?? "") || (scope !== undefined && scope !== "dc" && scope !== "guest")) return undefined;
  const key = name?.toLowerCase() ?? "";
  const row =
    (scope !== "dc" && named(own?.aliases, key)) || (scope !== "guest" && named(cluster.aliases, key));
  const cidr = row ? String(row["cidr"]) : "";
  return isNetwork(cidr) ? cidr : undefined;
}
