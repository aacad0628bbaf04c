/** /etc/pve: the replicated file tree of a cluster, as files made from its state. */
import { configFiles } from "./config-files.ts";
import { firewallFiles } from "./firewall-files.ts";
import { configLines } from "./guest-facts.ts";
import { pmxcfsFiles } from "./pmxcfs-files.ts";
import { sectionFiles } from "./section-files.ts";
import type { ClusterNode, ClusterState } from "./state.ts";

/** What the state makes, by paths below /etc/pve, the same on every node but for the name in `.members`. */
export function generatedFiles(state: ClusterState): Record<string, string> {
  return {
    ...pmxcfsFiles(state),
    "corosync.conf": corosyncConf(state),
    ...configFiles(state),
    ...sectionFiles(state),
    ...firewallFiles(state),
    ...Object.fromEntries(
      state.guests.map((guest) => [
        `nodes/${guest.node}/${guest.kind === "qemu" ? "qemu-server" : "lxc"}/${guest.vmid}.conf`,
        configLines(guest).join(""),
      ]),
    ),
  };
}

/** The same with what was written by hand. */
export function clusterFiles(state: ClusterState): Record<string, string> {
  const files = new Map(Object.entries(generatedFiles(state)));
  for (const [path, { content, basis }] of state.pmxcfs?.files ?? []) {
    if (basis !== (files.get(path) ?? null)) continue;
    if (content === null) files.delete(path);
    else files.set(path, Buffer.from(content, "latin1").toString("utf8"));
  }
  return Object.fromEntries(files);
}

/** Folders that are there even when empty. */
export function clusterFolders(state: ClusterState): string[] {
  const own = state.nodes.flatMap(({ name }) => [`nodes/${name}/qemu-server`, `nodes/${name}/lxc`]);
  return [...own, "firewall", "ha"];
}

export function corosyncConf(state: ClusterState): string {
  return `logging {
  debug: off
  to_syslog: yes
}

nodelist {
${state.nodes.map(corosyncNode).join("\n")}
}

quorum {
  provider: corosync_votequorum
}

totem {
  cluster_name: ${state.name}
  config_version: 2
  interface {
    linknumber: 0
  }
  ip_version: ipv4-6
  link_mode: passive
  secauth: on
  token: 3000
  version: 2
}
`;
}

function corosyncNode({ name, id, address }: ClusterNode): string {
  return `  node {\n    name: ${name}\n    nodeid: ${id}\n    quorum_votes: 1\n    ring0_addr: ${address}\n  }`;
}
