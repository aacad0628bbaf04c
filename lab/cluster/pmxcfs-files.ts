/** What pmxcfs tells of itself in /etc/pve: `.members`, `.version` and `.vmlist`, in its own kind of JSON (pmxcfs/status.c). */
import type { ClusterState } from "./state.ts";

/** By path. `.members` is without `nodename`, which each node has of its own. */
export function pmxcfsFiles(state: ClusterState): Record<string, string> {
  return { ".members": members(state), ".version": versions(state), ".vmlist": guests(state) };
}

/** `.members` as a node has it. */
export function membersOf(node: string, members: string): string {
  return members.replace("{\n", `{\n"nodename": ${JSON.stringify(node)},\n`);
}

function members({ name, nodes }: ClusterState): string {
  const rows = nodes.map(
    (node) => `  "${node.name}": { "id": ${node.id}, "online": 1, "ip": "${node.address}"}`,
  );
  const cluster = `{ "name": ${JSON.stringify(name)}, "version": 2, "nodes": ${nodes.length}, "quorate": 1 }`;
  return `{\n"version": 2,\n"cluster": ${cluster},\n"nodelist": {\n${rows.join(",\n")}\n  }\n}\n`;
}

/** Real ones count each file by itself; here all grow with the state. */
function versions({ bootedAt, revision }: ClusterState): string {
  const files = "corosync.conf datacenter.cfg domains.cfg storage.cfg user.cfg vzdump.cron".split(" ");
  const rows = [
    `"starttime": ${Math.floor(Date.parse(bootedAt) / 1000)}`,
    '"clinfo": 2',
    `"vmlist": ${revision}`,
    ...files.map((file) => `"${file}": ${revision}`),
  ];
  return `{\n${rows.join(",\n")}\n}\n`;
}

function guests({ guests: all, revision }: ClusterState): string {
  const rows = all.map(
    ({ vmid, node, kind }) => `"${vmid}": { "node": "${node}", "type": "${kind}", "version": 1 }`,
  );
  return `{\n"version": ${revision},\n"ids": {\n${rows.join(",\n")}}\n\n}\n`;
}
