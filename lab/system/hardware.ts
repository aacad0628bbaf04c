/** The programs that tell what a node is built of: answered from the cluster's state, never by this machine. */
import { bootTool, updateGrub, version } from "./boot-programs.ts";
import { lspci, lsusb, smartctl } from "./devices.ts";
import { df } from "./df.ts";
import { dmidecode } from "./dmidecode.ts";
import { hostnamectl, timedatectl } from "./host-identity.ts";
import { uname } from "./kernel.ts";
import { loginctl, systemdAnalyze } from "./logins.ts";
import { blkid, lsblk } from "./lsblk.ts";
import { lvmReport } from "./lvm.ts";
import { modules } from "./modules.ts";
import { mount } from "./mounts.ts";
import { lscpu, nproc } from "./processors.ts";
import type { StandIn } from "./stand-in.ts";
import { zfs } from "./zfs.ts";

export const HARDWARE: Readonly<Record<string, StandIn>> = {
  arch: uname,
  blkid,
  df,
  dmidecode,
  findmnt: mount,
  hostnamectl,
  kvm: version,
  loginctl,
  lsblk,
  lscpu,
  lsmod: modules,
  lspci,
  lsusb,
  lvs: lvmReport,
  "lxc-info": version,
  modprobe: modules,
  mount,
  nproc,
  "proxmox-boot-tool": bootTool,
  pvs: lvmReport,
  "qemu-img": version,
  rmmod: modules,
  smartctl,
  "systemd-analyze": systemdAnalyze,
  timedatectl,
  uname,
  "update-grub": updateGrub,
  vgs: lvmReport,
  zfs,
  zpool: zfs,
};

export const HARDWARE_PROGRAMS: readonly string[] = Object.keys(HARDWARE);
