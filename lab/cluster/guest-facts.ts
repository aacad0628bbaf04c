/** What is told of a guest in more than one place: its configuration as lines, the size of its first disk. */
import type { Guest } from "./state.ts";
import { driveBytes } from "./storage.ts";

/** `key: value` lines, sorted, as `qm config` prints them and the file holds them. */
export function configLines(guest: Guest): string[] {
  return linesOf(guest.template ? { ...guest.config, template: "1" } : guest.config);
}

export function linesOf(config: Readonly<Record<string, unknown>>): string[] {
  const sorted = Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([key, value]) => `${key}: ${String(value).replaceAll("\n", "%0A")}\n`);
}

/** Size of the first disk, bytes. */
export function bootDiskBytes(guest: Guest): number {
  const isDisk = (key: string) =>
    /^(?:scsi|virtio|sata|ide|rootfs)\d*$/.test(key) && !/media=cdrom/.test(guest.config[key] ?? "");
  const disks = Object.keys(guest.config).sort().filter(isDisk);
  const boot = /order=(\w+)/.exec(guest.config["boot"] ?? "")?.[1];
  const [disk] = boot && disks.includes(boot) ? [boot] : disks;
  return driveBytes(guest.config[disk ?? ""] ?? "");
}
