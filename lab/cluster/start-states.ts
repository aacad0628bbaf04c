/** How a cluster looks when its lab is first started: two nodes, with and without guests. */
import { randomBytes } from "node:crypto";
import type { ClusterNode, ClusterState, Storage, Unit, Volume } from "./state.ts";

/** `fresh`: no guests. `day3`: the template VM 9000 and the orphaned disk that a failed import left. */
export type StartState = "fresh" | "day3";

export const START_STATES: readonly StartState[] = ["fresh", "day3"];

const KIB = 1024;
const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** Units that run on a new node; the others are installed only. */
const ACTIVE_UNITS = [
  "chrony",
  "corosync",
  "cron",
  "pve-cluster",
  "pve-firewall",
  "pve-ha-crm",
  "pve-ha-lrm",
  "proxmox-firewall",
  "rpcbind",
  "watchdog-mux",
];
const API_UNITS = ["pvedaemon", "pveproxy", "pvescheduler", "pvestatd", "spiceproxy", "ssh"];

/** `now` in milliseconds since the epoch. */
export function startState(start: StartState, now: number): ClusterState {
  const bootedAt = new Date(now).toISOString();
  const state: ClusterState = {
    version: 2,
    name: "labcluster",
    revision: 0,
    bootedAt,
    nodes: [pve1(bootedAt), pve2(bootedAt)],
    guests: [],
    volumes: [],
    tasks: [],
    sections: {
      users: { "root@pam": { enable: 1, expire: 0, email: "root@example.org" } },
      domains: {
        pam: { type: "pam", comment: "Linux PAM standard authentication" },
        pve: { type: "pve", comment: "Proxmox VE authentication server" },
      },
      options: { datacenter: { keyboard: "en-us" } },
    },
    firewalls: {},
    acl: [],
    ticketKey: randomBytes(24).toString("base64url"),
  };
  if (start === "day3") addTemplate(state, now);
  return state;
}

function pve1(since: string): ClusterNode {
  return {
    name: "pve1",
    id: 1,
    address: "192.168.10.201",
    cpus: 4,
    cpuModel: "Intel(R) Core(TM) i5-4590T CPU @ 2.00GHz",
    memoryBytes: Math.round(3.66 * GIB),
    baseMemoryBytes: Math.round(1.8 * GIB),
    macAddress: "bc:24:11:00:00:c9",
    machineId: "5b1f4c0f9a5e4c5fb0a1d0c6a5b9c201",
    bridges: ["vmbr0"],
    storages: storages([39_626_032, 12], [54_882_304, 0]),
    units: units(since),
  };
}

function pve2(since: string): ClusterNode {
  return {
    ...pve1(since),
    name: "pve2",
    id: 2,
    address: "192.168.10.202",
    cpus: 2,
    cpuModel: "Intel(R) Core(TM) i3-6100U CPU @ 2.30GHz",
    memoryBytes: Math.round(3.75 * GIB),
    baseMemoryBytes: Math.round(2.3 * GIB),
    macAddress: "bc:24:11:00:00:ca",
    machineId: "8c7d1e2ab34f4d0e9a6b7c5d4e3f2202",
    storages: storages([98_497_780, 4], [358_387_712, 0]),
  };
}

/** Each as [size in KiB, percent in use]. */
function storages(local: [number, number], thin: [number, number]): Storage[] {
  const sizes = ([kib, percent]: [number, number]) => ({
    totalBytes: kib * KIB,
    baseUsedBytes: Math.round((kib * percent) / 100) * KIB,
  });
  return [
    {
      name: "local",
      type: "dir",
      content: ["iso", "vztmpl", "backup", "import"],
      options: { path: "/var/lib/vz" },
      ...sizes(local),
    },
    {
      name: "local-lvm",
      type: "lvmthin",
      content: ["rootdir", "images"],
      options: { thinpool: "data", vgname: "pve" },
      ...sizes(thin),
    },
  ];
}

function units(since: string): Record<string, Unit> {
  const running = [...ACTIVE_UNITS, ...API_UNITS].map((name) => [
    name,
    { active: true, enabled: true, since },
  ]);
  return { ...Object.fromEntries(running), nftables: { active: false, enabled: false, since } };
}

function addTemplate(state: ClusterState, now: number): void {
  const createdAt = Math.floor(now / 1000);
  const image = { content: "images", format: "raw", sizeBytes: 2252 * MIB, createdAt } as const;
  const system = { os: "ubuntu-24.04", id: "template-9000", from: "" };
  const volume: Omit<Volume, "name"> = { node: "pve1", storage: "local-lvm", vmid: 9000, ...image };
  state.volumes.push({ ...volume, name: "base-9000-disk-0", system }, { ...volume, name: "vm-9000-disk-1" });
  state.guests.push({
    kind: "qemu",
    vmid: 9000,
    node: "pve1",
    status: "stopped",
    template: true,
    pid: null,
    startedAt: null,
    owner: "root@pam",
    snapshots: [],
    config: {
      boot: "order=scsi0",
      cores: "1",
      memory: "1024",
      meta: "creation-qemu=10.1.2,ctime=1750000000",
      name: "ubuntu-k8s-template-src",
      net0: "virtio=BC:24:11:90:00:00,bridge=vmbr0",
      scsi0: "local-lvm:base-9000-disk-0,size=2252M",
      ostype: "l26",
      scsihw: "virtio-scsi-pci",
      smbios1: "uuid=d8f0543b-9018-4e17-9882-7349e26addd5",
      vmgenid: "54690c2b-5eaf-4986-b7e7-f6da822e1f84",
      unused0: "local-lvm:vm-9000-disk-1",
    },
  });
}
