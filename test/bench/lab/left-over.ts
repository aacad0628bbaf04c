/** What is in a cluster's state after a module is gone, and was not before it came, or the other way round. */
import type { ClusterState } from "../../../lab/cluster/state.ts";

/** Grows with whatever is done, as on a real cluster. */
const PASSING: readonly string[] = ["revision", "tasks"];

/** Files of nodes that say what the rest of the state says, each written anew when that changes. */
const WRITTEN = ["sections.node-files."];

/** What the provider sets and never takes back: when it destroys these it asks the API for nothing. */
const FORGOTTEN = ["firewalls.cluster.options.", "sections.dns.", "sections.hosts.", "sections.time."];

/** `+ volumes {...}` for what is new, `- acl {...}` for what is gone; empty lists and records count as not there. */
export function leftOver(before: ClusterState, after: ClusterState): string[] {
  const [old, now] = [entriesOf(before), entriesOf(after)];
  return [
    ...[...now].filter((entry) => !old.has(entry)).map((entry) => `+ ${entry}`),
    ...[...old].filter((entry) => !now.has(entry)).map((entry) => `- ${entry}`),
  ];
}

function entriesOf(state: ClusterState): Set<string> {
  const nodes = Object.fromEntries(state.nodes.map((node) => [node.name, node]));
  const lasting = Object.entries({ ...state, nodes }).filter(([name]) => !PASSING.includes(name));
  const entries = lasting.flatMap(([name, value]) => flatten(value, name));
  return new Set(
    entries.filter((entry) => ![...FORGOTTEN, ...WRITTEN].some((place) => entry.startsWith(place))),
  );
}

/** An element of a list by itself, whatever its place. */
function flatten(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.map((element) => `${path} ${JSON.stringify(element)}`);
  if (typeof value !== "object" || value === null)
    return value === undefined ? [] : [`${path} ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([name, part]) => flatten(part, `${path}.${name}`));
}
