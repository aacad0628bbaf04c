/** `pveversion`: what is installed. A selection of the packages of Proxmox VE 9.1, in its order. */

import { AppError } from "../../../agents/base/errors.ts";
import { parseOptions } from "../options.ts";
import { type CommandOutcome, failed, succeeded } from "../outcome.ts";
import type { Run } from "./run.ts";

export const KERNEL = "6.17.2-1-pve";
export const MANAGER = "9.1.1";
export const REPOSITORY_ID = "42db4a6cf33dac83";

const PACKAGES = `
proxmox-kernel-helper: 9.0.4
proxmox-kernel-6.17: 6.17.2-1
ceph-fuse: 19.2.3-pve1
corosync: 3.1.9-pve2
criu: 4.1.1-1
frr-pythontools: 10.3.1-1+pve4
ifupdown2: 3.3.0-1+pmx11
ksm-control-daemon: 1.5-1
libjs-extjs: 7.0.0-5
libproxmox-acme-perl: 1.7.0
libpve-access-control: 9.0.4
libpve-cluster-api-perl: 9.0.7
libpve-common-perl: 9.0.15
libpve-guest-common-perl: 6.0.2
libpve-network-perl: 1.2.3
libpve-storage-perl: 9.0.18
lvm2: 2.03.31-2+pmx1
lxc-pve: 6.0.5-3
openvswitch-switch: 3.5.0-1+b1
proxmox-backup-client: 4.0.20-1
proxmox-firewall: 1.2.1
pve-cluster: 9.0.7
pve-container: 6.0.18
pve-docs: 9.1.0
pve-firewall: 6.0.4
pve-ha-manager: 5.0.8
pve-qemu-kvm: 10.1.2-3
qemu-server: 9.0.30
smartmontools: 7.4-pve1
zfsutils-linux: 2.3.4-pve1
`.trimStart();

export function pveversion(run: Run): CommandOutcome {
  try {
    const { options } = parseOptions(run.argv.slice(1), { positional: [], flags: ["v", "verbose"] });
    const manager = `pve-manager/${MANAGER}/${REPOSITORY_ID} (running kernel: ${KERNEL})\n`;
    if (!("v" in options) && !("verbose" in options)) return succeeded(manager);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const complaint = error.message.split("\n")[0]?.startsWith("Unknown option")
      ? error.message.split("\n")[0]
      : "";
    return failed(255, `${complaint ? `${complaint}\n` : ""}USAGE: pveversion [--verbose]`);
  }
  const head = `proxmox-ve: 9.1.0 (running kernel: ${KERNEL})\npve-manager: ${MANAGER} (running version: ${MANAGER}/${REPOSITORY_ID})\n`;
  return succeeded(head + PACKAGES);
}

/** Name and version of what is installed, the manager first. */
export function packages(): [string, string][] {
  const lines = [`pve-manager: ${MANAGER}`, ...PACKAGES.trim().split("\n")];
  return lines.map((line): [string, string] => [line.split(": ")[0] ?? "", line.split(": ")[1] ?? ""]);
}
