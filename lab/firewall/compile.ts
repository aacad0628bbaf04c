/** The firewall of a node as chains and sets, in the order of PVE/Firewall.pm: what `pve-firewall` gives to the kernel. */
import { named } from "../cluster/named.ts";
import type { ClusterState, Firewall, Row } from "../cluster/state.ts";
import { clusterFirewall, localNetwork, type SetEntry, setEntries, setName } from "./addresses.ts";
import { add, type Draft, policy } from "./draft.ts";
import { hostRules } from "./host-rules.ts";
import { STANDARD_CHAINS } from "./standard-chains.ts";

export type Compiled = {
  /** Lines `-A CHAIN ...` by chain. */
  chains: ReadonlyMap<string, readonly string[]>;
  sets: ReadonlyMap<string, readonly SetEntry[]>;
};

/** Of a node that filters nothing. */
export const NOTHING: Compiled = { chains: new Map(), sets: new Map() };
/** Web interface, VNC, SPICE, SSH, migration. */
const MANAGEMENT_PORTS = ["8006", "5900:5999", "3128", "22", "60000:60050"];
const LOCAL_PORTS = ["8006", "22", "5900:5999", "3128"];

/** Nothing where cluster.fw does not enable it, or the node's service is stopped. */
export function runningFirewall(state: ClusterState, node: string): Compiled {
  const own = state.nodes.find(({ name }) => name === node);
  return own?.units["pve-firewall"]?.active === false ? NOTHING : compileNode(state, node);
}

/** The same object until it is another firewall: compiled again only where the state has changed. */
export function watchFirewall(stateOf: () => ClusterState, node: string): () => Compiled {
  let known: { revision: number; compiled: Compiled; key: string } | undefined;
  return () => {
    const state = stateOf();
    if (known?.revision === state.revision) return known.compiled;
    const compiled = runningFirewall(state, node);
    const key = JSON.stringify([[...compiled.chains], [...compiled.sets]]);
    known = { revision: state.revision, key, compiled: key === known?.key ? known.compiled : compiled };
    return known.compiled;
  };
}

/** Nothing where cluster.fw does not enable it. */
export function compileNode(state: ClusterState, node: string): Compiled {
  const told = clusterFirewall(state);
  if (!told.options["enable"]) return NOTHING;
  const { detected, told: alias } = localNetwork(state, node);
  const cluster = withManagement(told, alias ?? detected);
  const host = state.firewalls[`node/${node}`];
  const draft: Draft = {
    chains: new Map(
      Object.entries(STANDARD_CHAINS).map(([name, lines]) => [
        name,
        lines.map((line) => `-A ${name} ${line}`),
      ]),
    ),
    names: { cluster, vmid: 0 },
    options: host?.options ?? {},
  };
  for (const name of ["PVEFW-INPUT", "PVEFW-OUTPUT", "PVEFW-FORWARD", "PVEFW-FWBR-IN", "PVEFW-FWBR-OUT"])
    draft.chains.set(name, []);
  forwardChains(draft);
  if (draft.options["enable"] !== 0) {
    const rules = [...(host?.rules ?? []), ...cluster.rules];
    hostIn(draft, rules, peersOf(state, node));
    hostOut(draft, rules, { peers: peersOf(state, node), network: alias ?? detected });
  }
  return { chains: draft.chains, sets: setsOf(cluster) };
}

/** The network of the cluster may always manage it. */
function withManagement(cluster: Firewall, network: string): Firewall {
  const entries = [...(named(cluster.ipsets, "management")?.entries ?? []), { cidr: network }];
  const aliases = { local_network: { cidr: network }, ...cluster.aliases };
  return { ...cluster, aliases, ipsets: { ...cluster.ipsets, management: { entries } } };
}

function setsOf(cluster: Firewall): Map<string, SetEntry[]> {
  const all = Object.entries(cluster.ipsets).sort(([one], [other]) => (one < other ? -1 : 1));
  return new Map(
    all.map(([name, { entries }]) => [setName(0, name), setEntries(entries, { cluster, vmid: 0 })]),
  );
}

type Peer = { own: string; other: string };

function peersOf(state: ClusterState, node: string): Peer[] {
  const own = state.nodes.find(({ name }) => name === node)?.address ?? "";
  return state.nodes.filter(({ name }) => name !== node).map(({ address }) => ({ own, other: address }));
}

function forwardChains(draft: Draft): void {
  connections(draft, "PVEFW-FORWARD", Boolean(draft.options["nf_conntrack_allow_invalid"]));
  inputFilters(draft, "PVEFW-FWBR-IN");
  for (const [way, chain] of [
    ["in", "PVEFW-FWBR-IN"],
    ["out", "PVEFW-FWBR-OUT"],
  ] as const)
    add(draft, "PVEFW-FORWARD", `-m physdev --physdev-is-bridged --physdev-${way} fwln+ -j ${chain}`);
}

function connections(draft: Draft, chain: string, allowsInvalid: boolean): void {
  if (!allowsInvalid) add(draft, chain, "-m conntrack --ctstate INVALID -j DROP");
  add(draft, chain, "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT");
}

function inputFilters(draft: Draft, chain: string): void {
  if (named(draft.names.cluster.ipsets, "blacklist")) {
    if (!draft.chains.has("PVEFW-blacklist")) add(draft, "PVEFW-blacklist", "-j DROP");
    add(draft, chain, `-m set --match-set ${setName(0, "blacklist")} src -j PVEFW-blacklist`);
  }
  if (draft.options["nosmurfs"] !== 0)
    add(draft, chain, "-m conntrack --ctstate INVALID,NEW -j PVEFW-smurfs");
  if (draft.options["tcpflags"]) add(draft, chain, "-p tcp -j PVEFW-tcpflags");
}

const COROSYNC = "-p udp --dport 5404:5405 -j RETURN";

function hostIn(draft: Draft, rules: readonly Row[], peers: readonly Peer[]): void {
  const chain = "PVEFW-HOST-IN";
  add(draft, chain, "-i lo -j ACCEPT");
  connections(draft, chain, false);
  inputFilters(draft, chain);
  add(draft, chain, "-p igmp -j RETURN");
  hostRules(draft, rules, "IN");
  const managed = `-m set --match-set ${setName(0, "management")} src -p tcp`;
  add(draft, chain, ...MANAGEMENT_PORTS.map((port) => `${managed} --dport ${port} -j RETURN`));
  add(draft, chain, ...peers.map(({ own, other }) => `-d ${own} -s ${other} ${COROSYNC}`));
  policy(draft, chain, { action: draft.names.cluster.options["policy_in"] ?? "DROP", level: "log_level_in" });
  add(draft, "PVEFW-INPUT", `-j ${chain}`);
}

function hostOut(draft: Draft, rules: readonly Row[], at: { peers: readonly Peer[]; network: string }): void {
  const chain = "PVEFW-HOST-OUT";
  add(draft, chain, "-o lo -j ACCEPT");
  connections(draft, chain, false);
  add(draft, chain, "-p igmp -j RETURN");
  hostRules(draft, rules, "OUT");
  if (!at.network.includes(":"))
    add(draft, chain, ...LOCAL_PORTS.map((port) => `-d ${at.network} -p tcp --dport ${port} -j RETURN`));
  add(draft, chain, ...at.peers.map(({ own, other }) => `-s ${own} -d ${other} ${COROSYNC}`));
  policy(draft, chain, {
    action: draft.names.cluster.options["policy_out"] ?? "ACCEPT",
    level: "log_level_out",
  });
  add(draft, "PVEFW-OUTPUT", `-j ${chain}`);
}
