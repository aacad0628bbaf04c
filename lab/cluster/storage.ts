/** Disk images and the storages that hold them: sizes, content types, names that are unique in the cluster. */
import { AppError } from "../../agents/base/errors.ts";
import type { ClusterNode, ClusterState, ContentType, Storage, Volume } from "./state.ts";

const UNITS: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** AppError `not_found`, in the words of Proxmox VE. */
export function nodeOf(state: ClusterState, name: string): ClusterNode {
  const node = state.nodes.find((candidate) => candidate.name === name);
  if (!node) throw new AppError("not_found", `no such cluster node '${name}'`);
  return node;
}

export function storageOf(state: ClusterState, node: string, name: string): Storage {
  const storage = nodeOf(state, node).storages.find((candidate) => candidate.name === name);
  if (!storage) throw new AppError("conflict", `storage '${name}' does not exist`);
  return storage;
}

export function requireContent(storage: Storage, type: ContentType): void {
  if (!storage.content.includes(type)) {
    throw new AppError("conflict", `storage '${storage.name}' does not support content-type '${type}'`);
  }
}

export type NewVolume = { node: string; storage: string; name: string; vmid: number; sizeBytes: number };

/** Adds a volume to the draft; AppError `conflict` when the name is taken, the type wrong or the pool full. */
export function allocate(draft: ClusterState, volume: NewVolume): Volume {
  const storage = storageOf(draft, volume.node, volume.storage);
  requireContent(storage, "images");
  if (findVolume(draft, volume.node, volumeId(volume))) {
    throw new AppError(
      "conflict",
      `lvcreate 'pve/${volume.name}' error:   Logical Volume "${volume.name}" already exists in volume group "pve"`,
    );
  }
  if (volume.sizeBytes > availableBytes(draft, volume.node, storage)) {
    throw new AppError(
      "conflict",
      `lvcreate 'pve/${volume.name}' error:   thin pool "data" has not enough free space`,
    );
  }
  draft.volumes.push(volume);
  return volume;
}

export function removeVolume(draft: ClusterState, volume: Volume): void {
  draft.volumes = draft.volumes.filter((candidate) => candidate !== volume);
}

export function findVolume(state: ClusterState, node: string, id: string): Volume | undefined {
  return state.volumes.find((volume) => volume.node === node && volumeId(volume) === id);
}

export function volumeId(volume: { storage: string; name: string }): string {
  return `${volume.storage}:${volume.name}`;
}

/** The lowest `vm-<vmid>-disk-<n>` that no volume on the node has. */
export function nextDiskName(state: ClusterState, node: string, vmid: number): string {
  const taken = new Set(state.volumes.filter((volume) => volume.node === node).map((volume) => volume.name));
  let index = 0;
  while (taken.has(`vm-${vmid}-disk-${index}`) || taken.has(`base-${vmid}-disk-${index}`)) index++;
  return `vm-${vmid}-disk-${index}`;
}

export function usedBytes(state: ClusterState, node: string, storage: Storage): number {
  const volumes = state.volumes.filter((volume) => volume.node === node && volume.storage === storage.name);
  return volumes.reduce((sum, volume) => sum + volume.sizeBytes, storage.baseUsedBytes);
}

export function availableBytes(state: ClusterState, node: string, storage: Storage): number {
  return Math.max(0, storage.totalBytes - usedBytes(state, node, storage));
}

/** `8G`, `2252M`: as in a guest's configuration. */
export function formatSize(bytes: number): string {
  const unit = ["T", "G", "M", "K"].find((name) => bytes % (UNITS[name] ?? 1) === 0 && bytes > 0);
  return unit ? `${bytes / (UNITS[unit] ?? 1)}${unit}` : String(bytes);
}

/** The `size=` of a drive string, in bytes; 0 when it has none. */
export function driveBytes(drive: string): number {
  const match = /(?:^|,)size=(\d+(?:\.\d+)?)([KMGT]?)(?:,|$)/.exec(drive);
  return match ? Number(match[1]) * (UNITS[match[2] ?? ""] ?? 1) : 0;
}
