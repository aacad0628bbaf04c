/** The volume group `pve` of a node: what is in it beside the volumes of its storages, and what is left. */
import type { ClusterNode, ClusterState, PlainVolume, Volume } from "./state.ts";
import { nodeOf } from "./storage.ts";

export const EXTENT_BYTES = 4 * 1024 ** 2;
export const POOL = "data";

/** What the installer leaves. */
const LEFT_BYTES = 3 * 1024 ** 3;

/** A volume by its name; the installer's own by what they are. */
export function volumeIn(
  state: ClusterState,
  node: string,
  name: string,
): Volume | PlainVolume | "root" | "swap" | "pool" | undefined {
  if (name === "root" || name === "swap") return name;
  if (name === POOL) return "pool";
  const { storages, plainVolumes = [] } = nodeOf(state, node);
  const storage = storages.find(({ type }) => type === "lvmthin")?.name;
  return (
    plainVolumes.find((volume) => volume.name === name) ??
    state.volumes.find((one) => one.node === node && one.storage === storage && one.name === name)
  );
}

/** A file system holds a little less than its volume. */
const OVERHEAD = 1.02;

export function fileSystemBytes(volumeBytes: number): number {
  return Math.floor(volumeBytes / OVERHEAD);
}

/** As the installer made it, where nobody has changed it. */
export function rootVolumeBytes(node: Pick<ClusterNode, "storages" | "rootVolumeBytes">): number {
  const fileSystem = node.storages.find(({ type }) => type === "dir")?.totalBytes ?? 0;
  return node.rootVolumeBytes ?? Math.ceil((fileSystem * OVERHEAD) / EXTENT_BYTES) * EXTENT_BYTES;
}

/** For volumes that are not thin. */
export function freeBytes(state: ClusterState, node: string): number {
  const { plainVolumes = [], grownBytes = 0 } = nodeOf(state, node);
  const plain = plainVolumes.filter(({ pool }) => !pool).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return LEFT_BYTES - plain - grownBytes;
}
