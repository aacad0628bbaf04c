/** /dev of a node as far as its disks go: names and links, behind which nothing is to be read. */
import type { NodeHardware } from "../cluster/node-facts.ts";
import { type Device, disk } from "./disks.ts";

/** Besides the disks': what a node's kernel and its modules make. */
const OTHERS = ["/dev/kvm", "/dev/mapper/control", "/dev/net/tun", "/dev/sg0"];
/** Parts of a thin pool, which have no link of their own. */
const HIDDEN = /_t(?:meta|data)$|-tpool$|^pve-data$/;

/** By path: where a link leads, empty for a device. */
export function deviceFiles(hardware: NodeHardware): Map<string, string> {
  const files = new Map(OTHERS.map((path) => [path, ""]));
  visit(disk(hardware), files);
  return files;
}

function visit(device: Device, files: Map<string, string>): void {
  if (device.type === "lvm") {
    const dm = `dm-${device.major.split(":")[1]}`;
    files.set(`/dev/${dm}`, "").set(device.path, `../${dm}`);
    if (!HIDDEN.test(device.name)) files.set(`/dev/pve/${volumeName(device.name)}`, `../${dm}`);
  } else {
    files.set(device.path, "");
  }
  for (const child of device.children) visit(child, files);
}

/** `vm-100-disk-0` of `pve-vm--100--disk--0`. */
function volumeName(name: string): string {
  return name.replace(/^pve-/, "").replaceAll("--", "-");
}
