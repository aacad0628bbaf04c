/** /etc/pve: the replicated file tree of a cluster, as files made from its state. */
import { configLines } from "./commands/qm-show.ts";
import type { ClusterNode, ClusterState, Storage } from "./state.ts";

/** Paths relative to /etc/pve, the same on every node. */
export function clusterFiles(state: ClusterState): Record<string, string> {
  const members = Object.fromEntries(
    state.nodes.map(({ name, id, address }) => [name, { id, online: 1, ip: address }]),
  );
  const guests = Object.fromEntries(
    state.guests.map(({ vmid, node }) => [vmid, { node, type: "qemu", version: 1 }]),
  );
  return {
    ".members": json({
      version: 2,
      cluster: { name: state.name, version: 2, nodes: state.nodes.length, quorate: 1 },
      nodelist: members,
    }),
    ".vmlist": json({ version: state.revision, ids: guests }),
    "corosync.conf": corosyncConf(state),
    "datacenter.cfg": "keyboard: en-us\n",
    "storage.cfg": (state.nodes[0]?.storages ?? []).map(storageSection).join("\n"),
    "user.cfg": "user:root@pam:1:0::::::\n",
    ...Object.fromEntries(
      state.guests.map((guest) => [
        `nodes/${guest.node}/qemu-server/${guest.vmid}.conf`,
        configLines(guest).join(""),
      ]),
    ),
  };
}

/** Folders that are there even when empty. */
export function clusterFolders(state: ClusterState): string[] {
  return state.nodes.flatMap(({ name }) => [`nodes/${name}/qemu-server`, `nodes/${name}/lxc`]);
}

function storageSection(storage: Storage): string {
  const place = storage.type === "dir" ? "\tpath /var/lib/vz\n" : "\tthinpool data\n\tvgname pve\n";
  return `${storage.type}: ${storage.name}\n${place}\tcontent ${storage.content.join(",")}\n`;
}

function corosyncConf(state: ClusterState): string {
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

function json(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
