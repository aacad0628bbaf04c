/** `fdisk -l` and `sfdisk` of a node, only to look: its disk as the installer divides it; words as of util-linux 2.41. */
import { createHash } from "node:crypto";
import type { NodeHardware } from "../cluster/node-facts.ts";
import { type CommandOutcome, failed, NOT_SIMULATED, notSimulated, succeeded } from "../cluster/outcome.ts";
import { type Device, disk } from "./disks.ts";
import { shortSize } from "./lsblk.ts";
import { type Asked, table } from "./stand-in.ts";

type Part = { path: string; start: number; sectors: number; sizeBytes: number; type: string; code: string };

const SECTOR = 512;
const FIRST = 34;
const TYPES: Readonly<Record<string, readonly [type: string, code: string]>> = {
  sda1: ["BIOS boot", "21686148-6449-6E6F-744E-656564454649"],
  sda2: ["EFI System", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"],
  sda3: ["Linux LVM", "E6D6D379-F507-44C2-A23C-238F2A3DF928"],
};

export function partitions({ program, words, hardware }: Asked): CommandOutcome {
  const whole = disk(hardware);
  const paths = words.filter((word) => !word.startsWith("-"));
  const [option, ...others] = words.filter((word) => word.startsWith("-"));
  const isList = option === "-l" || option === "--list";
  const isDump = program === "sfdisk" && (option === "-d" || option === "--dump");
  if (others.length > 0 || (!isList && !isDump))
    return notSimulated([program, ...words].join(" "), NOT_SIMULATED);
  const listed = [whole, ...mapped(whole)];
  const all = [...listed, ...whole.children];
  const missing = paths.find((path) => !all.some((device) => device.path === path));
  if (missing !== undefined)
    return failed(1, `${program}: cannot open ${missing}: No such file or directory`);
  if (isDump) return paths[0] === whole.path ? succeeded(dump(whole, hardware)) : failed(1, unread(paths[0]));
  const shown = paths.length === 0 ? listed : all.filter(({ path }) => paths.includes(path));
  return succeeded(shown.map((device) => described(device, hardware)).join("\n\n"));
}

function unread(path: string | undefined): string {
  return path === undefined
    ? "sfdisk: no disk device specified"
    : `sfdisk: ${path}: does not contain a recognized partition table`;
}

/** What is open to be looked at, each once. */
function mapped(device: Device): Device[] {
  const below = device.children.flatMap(mapped);
  const isShown = device.type === "lvm" && !/_t(?:meta|data)$|-tpool$|^pve-data$/.test(device.name);
  const all = isShown ? [device, ...below] : below;
  return all.filter(({ path }, at) => all.findIndex((other) => other.path === path) === at);
}

function partsOf(whole: Device): Part[] {
  let next = FIRST;
  return whole.children.map(({ name, path, sizeBytes }) => {
    const [type = "", code = ""] = TYPES[name] ?? [];
    const [start, sectors] = [next, sizeBytes / SECTOR];
    next = start + sectors;
    return { path, start, sectors, sizeBytes, type, code };
  });
}

function described(device: Device, hardware: NodeHardware): string {
  const sectors = device.sizeBytes / SECTOR;
  const isDisk = device.type === "disk";
  const head =
    `Disk ${device.path}: ${longSize(device.sizeBytes)}, ${device.sizeBytes} bytes, ${sectors} sectors\n` +
    `${isDisk ? "Disk model: Samsung SSD 870 \n" : ""}Units: sectors of 1 * ${SECTOR} = ${SECTOR} bytes\n` +
    `Sector size (logical/physical): ${SECTOR} bytes / ${SECTOR} bytes\n` +
    `I/O size (minimum/optimal): ${SECTOR} bytes / ${SECTOR} bytes\n`;
  if (!isDisk) return head;
  const rows = partsOf(device).map(({ path, start, sectors: count, sizeBytes, type }) => [
    ...[path, String(start), String(start + count - 1), String(count), shortSize(sizeBytes), type],
  ]);
  const list = table([["Device", "Start", "End", "Sectors", "Size", "Type"], ...rows], [1, 2, 3, 4]);
  return `${head}Disklabel type: gpt\nDisk identifier: ${guid("disk", hardware)}\n\n${list}`;
}

function dump(whole: Device, hardware: NodeHardware): string {
  const last = whole.sizeBytes / SECTOR - FIRST;
  const lines = partsOf(whole).map(
    ({ path, start, sectors, code }) =>
      `${path} : start=${String(start).padStart(12)}, size=${String(sectors).padStart(12)}, type=${code}, ` +
      `uuid=${guid(path, hardware)}\n`,
  );
  return (
    `label: gpt\nlabel-id: ${guid("disk", hardware)}\ndevice: ${whole.path}\nunit: sectors\n` +
    `first-lba: ${FIRST}\nlast-lba: ${last}\nsector-size: ${SECTOR}\n\n${lines.join("")}`
  );
}

function longSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log(bytes) / Math.log(1024)), 4);
  const rounded = Number((bytes / 1024 ** power).toFixed(2));
  return `${rounded} ${["B", "KiB", "MiB", "GiB", "TiB"][power]}`;
}

/** Of this node, always the same. */
export function guid(name: string, { machineId }: NodeHardware): string {
  const hex = createHash("sha256").update(`${machineId} ${name}`).digest("hex").toUpperCase();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-A${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
