/** storage.cfg as it is read. */
import { contentOf, placeStorage } from "../api/routes/storage-config.ts";
import type { ClusterState } from "../cluster/state.ts";
import { parseSections } from "./section-config.ts";

/** PVE/Storage/*.pm. */
const TYPES = "btrfs cephfs cifs dir esxi iscsi iscsidirect lvm lvmthin nfs pbs rbd zfs zfspool".split(" ");
/** There even when the file does not name it. */
const LOCAL = {
  type: "dir",
  id: "local",
  row: { path: "/var/lib/vz", content: "images,rootdir,vztmpl,iso,backup,snippets,import" },
};

export function applyStorages(draft: ClusterState, text: string): void {
  const read = parseSections(text).filter(({ type }) => TYPES.includes(type));
  const all = read.some(({ id }) => id === "local") ? read : [LOCAL, ...read];
  const names = all.map(({ id }) => id);
  for (const node of draft.nodes) node.storages = node.storages.filter(({ name }) => names.includes(name));
  for (const { type, id, row } of all) {
    const { content, ...options } = row;
    placeStorage(draft, {
      name: id,
      type,
      content: contentOf(type, String(content ?? "").split(/[,;\s]+/)),
      options,
    });
  }
  for (const node of draft.nodes)
    node.storages.sort((one, other) => names.indexOf(one.name) - names.indexOf(other.name));
}
