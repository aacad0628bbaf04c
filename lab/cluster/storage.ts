/** Disk images, files and the storages that hold them: sizes, content types, formats, names unique in the cluster. */
import { AppError } from "../../agents/base/errors.ts";
import type { ClusterNode, ClusterState, ContentType, Storage, Volume } from "./state.ts";
import { filePath } from "./storage-folders.ts";

const UNITS: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };
/** Storages that keep images as files; on all others an image is a block device, always raw. */
const FILE_BASED = ["dir", "nfs", "cifs", "btrfs", "cephfs"];

/** AppError `not_found`, in the words of Proxmox VE. */
export function nodeOf(state: ClusterState, name: string): ClusterNode {
  const node = state.nodes.find((candidate) => candidate.name === name);
  if (!node) throw new AppError("not_found", `no such cluster node '${name}'`);
  return node;
}

export function storageOf(state: ClusterState, node: string, name: string): Storage {
  const storage = nodeOf(state, node).storages.find((candidate) => candidate.name === name);
  if (storage) return storage;
  const elsewhere = state.nodes.some(({ storages }) => storages.some((candidate) => candidate.name === name));
  const problem = elsewhere ? `is not available on node '${node}'` : "does not exist";
  throw new AppError("conflict", `storage '${name}' ${problem}`);
}

export function requireContent(storage: Storage, type: ContentType): void {
  if (!storage.content.includes(type)) {
    throw new AppError("conflict", `storage '${storage.name}' does not support content-type '${type}'`);
  }
}

/** AppError `conflict` for a format that the storage cannot hold. */
export function requireFormat(storage: Storage, format: string): void {
  const formats = isFileBased(storage) ? ["raw", "qcow2", "vmdk", "subvol"] : ["raw", "subvol"];
  if (!formats.includes(format)) throw new AppError("conflict", `unsupported format '${format}'`);
}

export function isFileBased(storage: Storage): boolean {
  return FILE_BASED.includes(storage.type);
}

/** Adds a volume to the draft; AppError `conflict` when the name is taken, the type wrong or the pool full. */
export function allocate(draft: ClusterState, volume: Volume): Volume {
  const storage = storageOf(draft, volume.node, volume.storage);
  requireContent(storage, volume.content);
  requireFormat(storage, volume.content === "images" ? volume.format : "raw");
  if (findVolume(draft, volume.node, volumeId(volume))) {
    throw new AppError(
      "conflict",
      isFileBased(storage)
        ? `disk image '${pathOf(storage, volume)}' already exists`
        : `lvcreate 'pve/${volume.name}' error:   Logical Volume "${volume.name}" already exists in volume group "pve"`,
    );
  }
  if (volume.sizeBytes > availableBytes(draft, volume.node, storage)) {
    throw new AppError(
      "conflict",
      isFileBased(storage)
        ? `unable to create image: No space left on device`
        : `lvcreate 'pve/${volume.name}' error:   thin pool "data" has not enough free space`,
    );
  }
  draft.volumes.push(volume);
  return volume;
}

export function removeVolume(draft: ClusterState, volume: Volume): void {
  draft.volumes = draft.volumes.filter((candidate) => candidate !== volume);
}

/** A volume of a shared storage is there on every node. */
export function findVolume(state: ClusterState, node: string, id: string): Volume | undefined {
  return state.volumes.find((volume) => volumeId(volume) === id && isSeen(state, node, volume));
}

export function volumesAt(state: ClusterState, node: string, storage: string): Volume[] {
  return state.volumes.filter((volume) => volume.storage === storage && isSeen(state, node, volume));
}

export function volumeId(volume: { storage: string; name: string }): string {
  return `${volume.storage}:${volume.name}`;
}

/** The lowest `vm-<vmid>-disk-<n>` that no volume on the node has; `9101/vm-9101-disk-0.qcow2` on a file system. */
export function nextDiskName(
  state: ClusterState,
  owner: { node: string; vmid: number },
  place?: { storage: Storage; format: string },
): string {
  const { node, vmid } = owner;
  const taken = new Set(
    state.volumes.filter((volume) => volume.node === node).map(({ name }) => bareName(name)),
  );
  let index = 0;
  while (taken.has(`vm-${vmid}-disk-${index}`) || taken.has(`base-${vmid}-disk-${index}`)) index++;
  return placedName(`vm-${vmid}-disk-${index}`, vmid, place);
}

export function placedName(name: string, vmid: number, place?: { storage: Storage; format: string }): string {
  return place && isFileBased(place.storage) ? `${vmid}/${name}.${place.format}` : name;
}

/** `vm-100-disk-0` of `100/vm-100-disk-0.qcow2`. */
export function bareName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1).replace(/\.(?:raw|qcow2|vmdk)$/, "");
}

export function pathOf(storage: Storage, volume: { name: string; content: ContentType }): string {
  if (!isFileBased(storage)) return `/dev/${storage.options["vgname"] ?? storage.name}/${volume.name}`;
  return filePath(storage, volume);
}

export function usedBytes(state: ClusterState, node: string, storage: Storage): number {
  return volumesAt(state, node, storage.name).reduce(
    (sum, volume) => sum + volume.sizeBytes,
    storage.baseUsedBytes,
  );
}

export function availableBytes(state: ClusterState, node: string, storage: Storage): number {
  return Math.max(0, storage.totalBytes - usedBytes(state, node, storage));
}

/** `8G`, `2252M`: as in a guest's configuration. */
export function formatSize(bytes: number): string {
  const unit = ["T", "G", "M", "K"].find((name) => bytes % (UNITS[name] ?? 1) === 0 && bytes > 0);
  return unit ? `${bytes / (UNITS[unit] ?? 1)}${unit}` : String(bytes);
}

/** `8G`, `512M` or plain bytes; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)([KMGT]?)$/.exec(text);
  return match ? Math.round(Number(match[1]) * (UNITS[match[2] ?? ""] ?? 1)) : undefined;
}

/** The `size=` of a drive string, in bytes; 0 when it has none. */
export function driveBytes(drive: string): number {
  const size = drive.split(",").find((part) => part.startsWith("size="));
  return (size && parseSize(size.slice(5))) || 0;
}

function isSeen(state: ClusterState, node: string, volume: Volume): boolean {
  if (volume.node === node) return true;
  const storage = nodeOf(state, volume.node).storages.find(({ name }) => name === volume.storage);
  return storage?.options["shared"] === 1;
}
