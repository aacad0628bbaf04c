/** The disk of a node as the installer divides it: one with a volume group `pve`, its root, swap and thin pool. */
import type { NodeHardware } from "../cluster/node-facts.ts";
import { swapKib } from "./memory.ts";

export type Device = {
  /** As lsblk has it: `sda3`, `pve-root`, `pve-vm--100--disk--0`. */
  name: string;
  path: string;
  major: string;
  sizeBytes: number;
  type: "disk" | "part" | "lvm";
  fstype: string;
  uuid: string;
  mountpoint: string;
  isReadOnly: boolean;
  children: Device[];
};

export type LogicalVolume = {
  name: string;
  attributes: string;
  sizeBytes: number;
  pool: string;
  dataPercent: string;
};

export const PV_UUID = "Yq1bkT-0v3C-9rXz-Jm2p-8sLw-4hNd-QeVf7a";

const MIB = 1024 ** 2;
const META_BYTES = 1024 * MIB;
const EXTENT = 4 * MIB;

export function logicalVolumes(hardware: NodeHardware): LogicalVolume[] {
  const { pool, volumes } = hardware;
  const percent = pool.totalBytes === 0 ? 0 : (100 * pool.usedBytes) / pool.totalBytes;
  const guests = volumes.map(({ name, sizeBytes }) => ({
    ...{ name, attributes: "Vwi-a-tz--", sizeBytes: extents(sizeBytes), pool: "data" },
    dataPercent: "0.00",
  }));
  return [
    {
      name: "data",
      attributes: "twi-aotz--",
      sizeBytes: extents(pool.totalBytes),
      pool: "",
      dataPercent: percent.toFixed(2),
    },
    { name: "root", attributes: "-wi-ao----", sizeBytes: rootBytes(hardware), pool: "", dataPercent: "" },
    { name: "swap", attributes: "-wi-ao----", sizeBytes: swapBytes(hardware), pool: "", dataPercent: "" },
    ...hardware.plainVolumes.map(({ name, sizeBytes, pool: of }) => ({
      ...{ name, sizeBytes, pool: of, dataPercent: of ? "0.00" : "" },
      attributes: of ? "Vwi-a-tz--" : "-wi-a-----",
    })),
    ...guests,
  ];
}

export function groupSize(hardware: NodeHardware): {
  totalBytes: number;
  freeBytes: number;
  volumes: number;
} {
  const all = logicalVolumes(hardware);
  const used = all
    .filter(({ pool }) => pool === "")
    .reduce((sum, { sizeBytes }) => sum + sizeBytes, 2 * META_BYTES);
  const { freeBytes } = hardware;
  return { totalBytes: used + freeBytes, freeBytes, volumes: all.length };
}

export function disk(hardware: NodeHardware): Device {
  const group = groupSize(hardware).totalBytes + EXTENT;
  const [boot, efi] = [1007 * 1024, 1024 * MIB];
  return device({
    ...{ name: "sda", major: "8:0", sizeBytes: group + boot + efi + MIB, type: "disk" },
    children: [
      device({ name: "sda1", major: "8:1", sizeBytes: boot, type: "part" }),
      device({
        name: "sda2",
        major: "8:2",
        sizeBytes: efi,
        type: "part",
        fstype: "vfat",
        uuid: "5A1C-3F09",
        mountpoint: "/boot/efi",
      }),
      device({
        ...{ name: "sda3", major: "8:3", sizeBytes: group, type: "part", fstype: "LVM2_member" },
        ...{ uuid: PV_UUID, children: mapped(hardware) },
      }),
    ],
  });
}

function mapped(hardware: NodeHardware): Device[] {
  const pool = extents(hardware.pool.totalBytes);
  let minor = 4;
  const next = () => `252:${minor++}`;
  const tpool = device({
    ...{ name: "pve-data-tpool", major: next(), sizeBytes: pool, type: "lvm" },
    children: [
      device({ name: "pve-data", major: next(), sizeBytes: pool, type: "lvm", isReadOnly: true }),
      ...[...hardware.volumes, ...hardware.plainVolumes.filter((volume) => volume.pool)].map((volume) =>
        volumeDevice(volume, next()),
      ),
    ],
  });
  const plain = hardware.plainVolumes
    .filter((volume) => !volume.pool)
    .map((volume) => volumeDevice(volume, next()));
  const hidden = (name: string, minor_: number, sizeBytes: number) =>
    device({ name, major: `252:${minor_}`, sizeBytes, type: "lvm", children: [tpool] });
  return [
    device({
      ...{ name: "pve-swap", major: "252:0", sizeBytes: swapBytes(hardware), type: "lvm", fstype: "swap" },
      ...{ uuid: "0b9d6c1e-8f44-4a0e-9c1b-6a6b7f2e5d10", mountpoint: "[SWAP]" },
    }),
    device({
      ...{ name: "pve-root", major: "252:1", sizeBytes: rootBytes(hardware), type: "lvm", fstype: "ext4" },
      ...{ uuid: "d2a7c3f4-1b5e-4e0b-8a33-2f9f0c7be811", mountpoint: "/" },
    }),
    hidden("pve-data_tmeta", 2, META_BYTES),
    hidden("pve-data_tdata", 3, pool),
    ...plain,
  ];
}

function volumeDevice({ name, sizeBytes }: { name: string; sizeBytes: number }, major: string): Device {
  const mappedName = `pve-${name.replaceAll("-", "--")}`;
  return device({ name: mappedName, major, sizeBytes: extents(sizeBytes), type: "lvm" });
}

type Some = Partial<Device> & Pick<Device, "name" | "major" | "sizeBytes" | "type">;

function device(some: Some): Device {
  const path = some.type === "lvm" ? `/dev/mapper/${some.name}` : `/dev/${some.name}`;
  return { path, fstype: "", uuid: "", mountpoint: "", isReadOnly: false, children: [], ...some };
}

function rootBytes({ rootVolumeBytes }: NodeHardware): number {
  return rootVolumeBytes;
}

function swapBytes({ memoryBytes }: NodeHardware): number {
  return extents(swapKib(memoryBytes) * 1024);
}

function extents(bytes: number): number {
  return Math.ceil(bytes / EXTENT) * EXTENT;
}
