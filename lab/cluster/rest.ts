/** The readable part of the REST API: paths to data, for the HTTP server and for `pvesh get` alike. */
import type { AppError } from "../../agents/base/errors.ts";
import { KERNEL, MANAGER, REPOSITORY_ID } from "./commands/pveversion.ts";
import { statusFacts } from "./commands/qm-show.ts";
import { guestOf, memoryBytes } from "./guests.ts";
import { vmidOf } from "./options.ts";
import type { ClusterNode, ClusterState, Guest } from "./state.ts";
import { availableBytes, nodeOf, storageOf, usedBytes, volumeId } from "./storage.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Row = Record<string, Json>;

type Handler = (state: ClusterState, node: string, id: string) => Json;

/** `:` stands for one segment. */
const ROUTES: Readonly<Record<string, Handler>> = {
  "/version": () => ({ release: "9.1", repoid: REPOSITORY_ID, version: MANAGER }),
  "/nodes": (state) => state.nodes.map((node) => nodeRow(state, node)),
  "/nodes/:/version": (state, node) =>
    nodeOf(state, node) && { release: "9.1", repoid: REPOSITORY_ID, version: MANAGER },
  "/nodes/:/status": (state, node) => nodeStatus(state, nodeOf(state, node)),
  "/nodes/:/qemu": (state, node) => guestsOf(state, node).map(guestRow),
  "/nodes/:/qemu/:/config": (state, node, id) => guestConfig(guestOf(state, { node, vmid: vmidOf(id) })),
  "/nodes/:/qemu/:/status/current": (state, node, id) => guestRow(guestOf(state, { node, vmid: vmidOf(id) })),
  "/nodes/:/lxc": (state, node) => nodeOf(state, node) && [],
  "/nodes/:/storage": (state, node) => storageRows(state, nodeOf(state, node)),
  "/nodes/:/storage/:/content": (state, node, id) =>
    contentRows(state, node, storageOf(state, node, id).name),
  "/nodes/:/tasks": (state, node) => taskRows(state, nodeOf(state, node).name),
  "/cluster/status": clusterStatus,
  "/cluster/resources": resources,
  "/cluster/nextid": nextId,
  "/cluster/tasks": (state) => taskRows(state),
  "/storage": (state) => storageConfig(state),
};

/** The data at a path, or undefined when nothing is there. AppError as of the functions of the state. */
export function readResource(state: ClusterState, path: string): Json | undefined {
  const segments = path.split("/").filter(Boolean);
  const pattern = segments.map((segment, index) =>
    segments[0] === "nodes" && (index === 1 || index === 3) ? ":" : segment,
  );
  const handler = Object.entries(ROUTES).find(([route]) => route === `/${pattern.join("/")}`)?.[1];
  return handler?.(state, segments[1] ?? "", segments[3] ?? "");
}

/** HTTP status of an error, as pveproxy would answer it. */
export function statusOf(error: AppError): number {
  return error.code === "bad_arguments" ? 400 : 500;
}

function guestsOf(state: ClusterState, node: string): Guest[] {
  nodeOf(state, node);
  return state.guests.filter((guest) => guest.node === node);
}

function usedMemory(state: ClusterState, node: ClusterNode): number {
  const running = state.guests.filter((guest) => guest.node === node.name && guest.status === "running");
  return running.reduce((sum, guest) => sum + memoryBytes(guest), node.baseMemoryBytes);
}

function nodeRow(state: ClusterState, node: ClusterNode): Row {
  return {
    cpu: 0.02,
    disk: node.storages[0]?.baseUsedBytes ?? 0,
    id: `node/${node.name}`,
    level: "",
    maxcpu: node.cpus,
    maxdisk: node.storages[0]?.totalBytes ?? 0,
    maxmem: node.memoryBytes,
    mem: usedMemory(state, node),
    node: node.name,
    status: "online",
    type: "node",
  };
}

function nodeStatus(state: ClusterState, node: ClusterNode): Row {
  const used = usedMemory(state, node);
  return {
    cpuinfo: { cpus: node.cpus, model: node.cpuModel, sockets: 1 },
    "current-kernel": { machine: "x86_64", release: KERNEL, sysname: "Linux" },
    kversion: `Linux ${KERNEL}`,
    memory: { free: node.memoryBytes - used, total: node.memoryBytes, used },
    pveversion: `pve-manager/${MANAGER}/${REPOSITORY_ID}`,
  };
}

function guestRow(guest: Guest): Row {
  return {
    ...statusFacts(guest),
    status: guest.status,
    vmid: guest.vmid,
    ...(guest.template ? { template: 1 } : {}),
  };
}

function guestConfig(guest: Guest): Row {
  return guest.template ? { ...guest.config, template: 1 } : { ...guest.config };
}

function storageRows(state: ClusterState, node: ClusterNode): Row[] {
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

function contentRows(state: ClusterState, node: string, storage: string): Row[] {
  const volumes = state.volumes.filter((volume) => volume.node === node && volume.storage === storage);
  return volumes.map((volume) => ({
    content: "images",
    format: "raw",
    size: volume.sizeBytes,
    vmid: volume.vmid,
    volid: volumeId(volume),
  }));
}

function taskRows(state: ClusterState, node?: string): Row[] {
  const tasks = state.tasks.filter((task) => node === undefined || task.node === node);
  return tasks.toReversed().map(({ upid, type, id, startTime, exitStatus, node: where }) => {
    return { id, node: where, starttime: startTime, status: exitStatus, type, upid, user: "root@pam" };
  });
}

function clusterStatus(state: ClusterState): Row[] {
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

function resources(state: ClusterState): Row[] {
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

function storageConfig(state: ClusterState): Row[] {
  const storages = state.nodes[0]?.storages ?? [];
  return storages.map(({ name, type, content }) => ({ content: content.join(","), storage: name, type }));
}

function nextId(state: ClusterState): string {
  const taken = new Set(state.guests.map((guest) => guest.vmid));
  let vmid = 100;
  while (taken.has(vmid)) vmid++;
  return String(vmid);
}
