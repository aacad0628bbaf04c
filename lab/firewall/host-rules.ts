/** Rules and security groups in the chains of a node. */
import { named } from "../cluster/named.ts";
import type { Row } from "../cluster/state.ts";
import { add, type Direction, type Draft, put } from "./draft.ts";
import { MARK, ruleLines } from "./rule-lines.ts";
import { ACCEPTED, CLEARED } from "./standard-chains.ts";
import { isGroupName, isInterface } from "./values.ts";

/** Those of the node stand before those of the cluster. What iptables would refuse is left out, as its rule is then none. */
export function hostRules(draft: Draft, rules: readonly Row[], direction: Direction): void {
  const chain = `PVEFW-HOST-${direction}`;
  const actions = { ACCEPT: "RETURN", REJECT: "PVEFW-reject" };
  for (const rule of rules) {
    const iface = interfaceOf(rule, direction);
    if (!rule["enable"] || iface === undefined) continue;
    const group = String(rule["action"]);
    if (rule["type"] === "group" && isGroupName(group)) groupJump(draft, { chain, group, direction, iface });
    else if (rule["type"] === direction.toLowerCase())
      put(draft, chain, ruleLines(rule, chain, { names: draft.names, actions, interface: iface }));
  }
}

/** Undefined for one that no interface can have. */
function interfaceOf(rule: Row, direction: Direction): string | undefined {
  const name = String(rule["iface"] ?? "");
  if (name === "") return "";
  return isInterface(name) ? `-${direction === "IN" ? "i" : "o"} ${name}` : undefined;
}

type Jump = { chain: string; group: string; direction: Direction; iface: string };

function groupJump(draft: Draft, { chain, group, direction, iface }: Jump): void {
  const own = `GROUP-${group}-${direction}`;
  if (!draft.chains.has(own)) {
    groupChain(draft, group, "IN");
    groupChain(draft, group, "OUT");
  }
  add(draft, chain, [iface, `-j ${own}`].filter(Boolean).join(" "), `-m mark --mark ${ACCEPTED} -j RETURN`);
}

function groupChain(draft: Draft, group: string, direction: Direction): void {
  const chain = `GROUP-${group}-${direction}`;
  add(draft, chain, `-j MARK --set-mark ${CLEARED}`);
  const actions = { ACCEPT: MARK, REJECT: "PVEFW-reject" };
  for (const rule of named(draft.names.cluster.groups, group)?.rules ?? [])
    if (rule["enable"] && rule["type"] === direction.toLowerCase())
      put(draft, chain, ruleLines(rule, chain, { names: draft.names, actions }));
}
