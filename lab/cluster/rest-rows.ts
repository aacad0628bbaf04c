/** What the REST API says of each kind of thing: one function a kind, one object a row. */
import { KERNEL, MANAGER, REPOSITORY_ID } from "./commands/pveversion.ts";
import { statusFacts } from "./commands/qm-show.ts";
import { usedMemoryBytes } from "./power.ts";
import type { ClusterNode, ClusterState, Guest } from "./state.ts";
import { availableBytes, nodeOf, usedBytes, volumeId } from "./storage.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Row = Record<string, Json>;

export function guestsOf(state: ClusterState, node: string): Guest[] {
  nodeOf(state, node);
  return state.guests.filter((guest) => guest.node === node);
}

export function nodeRow(state: ClusterState, node: ClusterNode): Row {
  return {
    cpu: 0.02,
    disk: node.storages[0]?.baseUsedBytes ?? 0,
    id: `node/${node.name}`,
    level: "",
    maxcpu: node.cpus,
    maxdisk: node.storages[0]?.totalBytes ?? 0,
    maxmem: node.memoryBytes,
    mem: usedMemoryBytes(state, node),
    node: node.name,
    status: "online",
    type: "node",
  };
}

export function nodeStatus(state: ClusterState, node: ClusterNode): Row {
  const used = usedMemoryBytes(state, node);
  return {
    cpuinfo: { cpus: node.cpus, model: node.cpuModel, sockets: 1 },
    "current-kernel": { machine: "x86_64", release: KERNEL, sysname: "Linux" },
    kversion: `Linux ${KERNEL}`,
    memory: { free: node.memoryBytes - used, total: node.memoryBytes, used },
    pveversion: `pve-manager/${MANAGER}/${REPOSITORY_ID}`,
  };
}

export function guestRow(guest: Guest): Row {
  return {
    ...statusFacts(guest),
    status: guest.status,
    vmid: guest.vmid,
    ...(guest.template ? { template: 1 } : {}),
  };
}

export function guestConfig(guest: Guest): Row {
  return guest.template ? { ...guest.config, template: 1 } : { ...guest.config };
}

export function storageRows(state: ClusterState, node: ClusterNode): Row[] {
  return node.storages.map((storage) => ({
    active: 1,
    avail: availableBytes(state, node.name, storage),
    content: storage.content.join(","),
    enabled: 1,
    shared: 0,
    storage: storage.name,
    total: storage.totalBytes,
    type: storage.type,
    used: usedBytes(state, node.name, storage),
  }));
}

export function contentRows(state: ClusterState, node: string, storage: string): Row[] {
  const volumes = state.volumes.filter((volume) => volume.node === node && volume.storage === storage);
  return volumes.map((volume) => ({
    content: "images",
    format: "raw",
    size: volume.sizeBytes,
    vmid: volume.vmid,
    volid: volumeId(volume),
  }));
}

export function taskRows(state: ClusterState, node?: string): Row[] {
  const tasks = state.tasks.filter((task) => node === undefined || task.node === node);
  return tasks.toReversed().map(({ upid, type, id, startTime, exitStatus, node: where }) => {
    return { id, node: where, starttime: startTime, status: exitStatus, type, upid, user: "root@pam" };
  });
}

export function clusterStatus(state: ClusterState): Row[] {
  const cluster = {
    id: "cluster",
    name: state.name,
    nodes: state.nodes.length,
    quorate: 1,
    type: "cluster",
    version: 2,
  };
  const nodes = state.nodes.map(({ name, id, address }) => {
    return { id: `node/${name}`, ip: address, level: "", name, nodeid: id, online: 1, type: "node" };
  });
  return [cluster, ...nodes];
}

export function resources(state: ClusterState): Row[] {
  const guests = state.guests.map((guest) => ({
    ...guestRow(guest),
    id: `qemu/${guest.vmid}`,
    node: guest.node,
    type: "qemu",
  }));
  const storages = state.nodes.flatMap((node) =>
    storageRows(state, node).map(({ storage, total, used, content }) => {
      const id = `storage/${node.name}/${storage}`;
      return {
        content,
        disk: used,
        id,
        maxdisk: total,
        node: node.name,
        status: "available",
        storage,
        type: "storage",
      } as Row;
    }),
  );
  return [...guests, ...state.nodes.map((node) => nodeRow(state, node)), ...storages];
}

export function storageConfig(state: ClusterState): Row[] {
  const storages = state.nodes[0]?.storages ?? [];
  return storages.map(({ name, type, content }) => ({ content: content.join(","), storage: name, type }));
}

export function nextId(state: ClusterState): string {
  const taken = new Set(state.guests.map((guest) => guest.vmid));
  let vmid = 100;
  while (taken.has(vmid)) vmid++;
  return String(vmid);
}
