/** Whether a node of the cluster has quorum: more than half of the votes that are expected, its own among them. */
import type { ClusterState } from "./state.ts";

/** `isUp` by name: whether a node runs at all. */
export function isQuorate(state: ClusterState, node: string, isUp: (node: string) => boolean): boolean {
  const members = state.nodes.filter(({ name, units }) => isUp(name) && units["corosync"]?.active !== false);
  const expected = Number(state.sections["corosync"]?.["quorum"]?.["expected"] ?? state.nodes.length);
  return members.some(({ name }) => name === node) && members.length > expected / 2;
}
