/** What a node is built of, as the cluster's state has it: for the machine that shows it to its users. */
import { usedMemoryBytes } from "./power.ts";
import type { ClusterState, PlainVolume } from "./state.ts";
import { nodeOf, usedBytes } from "./storage.ts";
import { type NamedUnit, unitsOf } from "./units.ts";
import { freeBytes, rootVolumeBytes } from "./volume-group.ts";

export type NodeHardware = {
  name: string;
  cpus: number;
  cpuModel: string;
  memoryBytes: number;
  usedMemoryBytes: number;
  machineId: string;
  /** The file system of the root. */
  root: { totalBytes: number; usedBytes: number };
  /** The thin pool of the volume group. */
  pool: { totalBytes: number; usedBytes: number };
  /** Of the thin pool. */
  volumes: { name: string; sizeBytes: number }[];
  /** Of the volume group and of no storage; thin ones name their pool. */
  plainVolumes: PlainVolume[];
  rootVolumeBytes: number;
  /** Of the volume group. */
  freeBytes: number;
  units: NamedUnit[];
};

/** The request of a machine for these, beside the commands of its users. */
export const FACTS_REQUEST = "lab-facts";

/** AppError `not_found` for a node that is not in the cluster. */
export function nodeHardware(state: ClusterState, name: string): NodeHardware {
  const node = nodeOf(state, name);
  const sizes = (type: string) => {
    const storage = node.storages.find((candidate) => candidate.type === type);
    return {
      totalBytes: storage?.totalBytes ?? 0,
      usedBytes: storage ? usedBytes(state, name, storage) : 0,
    };
  };
  const pool = node.storages.find(({ type }) => type === "lvmthin")?.name;
  return {
    name,
    cpus: node.cpus,
    cpuModel: node.cpuModel,
    memoryBytes: node.memoryBytes,
    usedMemoryBytes: usedMemoryBytes(state, node),
    machineId: node.machineId,
    root: sizes("dir"),
    pool: sizes("lvmthin"),
    volumes: state.volumes
      .filter((volume) => volume.node === name && volume.storage === pool)
      .map(({ name: volume, sizeBytes }) => ({ name: volume, sizeBytes })),
    plainVolumes: node.plainVolumes ?? [],
    rootVolumeBytes: rootVolumeBytes(node),
    freeBytes: freeBytes(state, name),
    units: unitsOf(state, name),
  };
}
