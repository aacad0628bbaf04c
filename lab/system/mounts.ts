/** The file systems of a node, with the space that the cluster's state gives them; `mount` and `findmnt` list them. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { named } from "../cluster/named.ts";
import type { NodeHardware } from "../cluster/node-facts.ts";
import { type CommandOutcome, NOT_SIMULATED, notSimulated, succeeded } from "../cluster/outcome.ts";
import type { Asked } from "./stand-in.ts";

export type Mount = {
  source: string;
  type: string;
  target: string;
  options: string;
  totalBytes: number;
  usedBytes: number;
};

const KIB = 1024;

/** Beside the machine's root: target to options, for those that have been mounted anew since the boot. */
const OPTIONS_FILE = "../mount-options.json";

/** As the boot makes the mount, or as it has been made anew. */
export function mountOptions(root: string, target: string): string {
  const made = mounts({ memoryBytes: 0, root: { totalBytes: 0, usedBytes: 0 } });
  return named(keptOptions(root), target) ?? made.find((row) => row.target === target)?.options ?? "";
}

/** Without `changed` nothing has been mounted anew. */
export function keepOptions(root: string, changed?: Readonly<Record<string, string>>): void {
  const kept = changed ? { ...keptOptions(root), ...changed } : {};
  writeFileSync(join(root, OPTIONS_FILE), JSON.stringify(kept));
}

function keptOptions(root: string): Readonly<Record<string, string>> {
  const file = join(root, OPTIONS_FILE);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, string>) : {};
}

export function mounts({ memoryBytes, root }: Pick<NodeHardware, "memoryBytes" | "root">): Mount[] {
  const half = memoryBytes / 2;
  const row = (line: string, totalBytes = 0, usedBytes = 0): Mount => {
    const [source = "", target = "", type = "", options = ""] = line.split(" ");
    return { source, target, type, options, totalBytes, usedBytes };
  };
  return [
    row("sysfs /sys sysfs rw,nosuid,nodev,noexec,relatime"),
    row("proc /proc proc rw,relatime"),
    row("udev /dev devtmpfs rw,nosuid,relatime,mode=755,inode64", half),
    row("devpts /dev/pts devpts rw,nosuid,noexec,relatime,gid=5,mode=600,ptmxmode=000"),
    row("tmpfs /run tmpfs rw,nosuid,nodev,noexec,relatime,mode=755,inode64", memoryBytes / 5, 1_100 * KIB),
    row("/dev/mapper/pve-root / ext4 rw,relatime,errors=remount-ro", root.totalBytes, root.usedBytes),
    row("tmpfs /dev/shm tmpfs rw,nosuid,nodev,inode64", half, 33 * 1024 * KIB),
    row("tmpfs /run/lock tmpfs rw,nosuid,nodev,noexec,relatime,size=5120k,inode64", 5 * 1024 * KIB),
    row("tmpfs /tmp tmpfs rw,nosuid,nodev,inode64", half),
    row("/dev/sda2 /boot/efi vfat rw,relatime,fmask=0022,dmask=0022", 1022 * 1024 * KIB, 9 * 1024 * KIB),
    row(
      "/dev/fuse /etc/pve fuse rw,nosuid,nodev,relatime,user_id=0,group_id=0,default_permissions,allow_other",
      128 * 1024 * KIB,
      16 * KIB,
    ),
    row("tmpfs /run/user/0 tmpfs rw,nosuid,nodev,relatime,mode=700,inode64", memoryBytes / 10, 4 * KIB),
  ];
}

/** As they are mounted now. */
export function mountsOf({ hardware, root }: Pick<Asked, "hardware" | "root">): Mount[] {
  const kept = keptOptions(root);
  return mounts(hardware).map((row) => ({ ...row, options: named(kept, row.target) ?? row.options }));
}

/** Only to look: what is mounted on a node of the lab stays. */
export function mount(asked: Asked): CommandOutcome {
  const { words } = asked;
  const line = ({ source, target, type, options }: Mount) =>
    `${source} on ${target} type ${type} (${options})\n`;
  return words.length === 0 || words[0] === "-l"
    ? succeeded(mountsOf(asked).map(line).join(""))
    : notSimulated(`mount ${words.join(" ")}`, NOT_SIMULATED);
}
