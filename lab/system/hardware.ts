/** The programs that tell what a node is built of: answered from the cluster's state, never by this machine. */
import { blkid } from "./blkid.ts";
import { bootTool, updateGrub, version } from "./boot-programs.ts";
import { lspci, lsusb, smartctl } from "./devices.ts";
import { df } from "./df.ts";
import { dmidecode } from "./dmidecode.ts";
import { ethtool } from "./ethtool.ts";
import { findmnt } from "./findmnt.ts";
import { hostnamectl, timedatectl } from "./host-identity.ts";
import { uname } from "./kernel.ts";
import { loginctl, systemdAnalyze } from "./logins.ts";
import { lsblk } from "./lsblk.ts";
import { lvmReport } from "./lvm.ts";
import { lvmDisplay } from "./lvm-displays.ts";
import { modules } from "./modules.ts";
import { mount } from "./mounts.ts";
import { partitions } from "./partitions.ts";
import { lscpu, nproc } from "./processors.ts";
import { pveperf } from "./pveperf.ts";
import type { StandIn } from "./stand-in.ts";
import { zfs } from "./zfs.ts";

export const HARDWARE: Readonly<Record<string, StandIn>> = {
  arch: uname,
  blkid,
  df,
  dmidecode,
  ethtool,
  fdisk: partitions,
  findmnt,
  hostnamectl,
  kvm: version,
  loginctl,
  lsblk,
  lscpu,
  lsmod: modules,
  lspci,
  lsusb,
  lvdisplay: lvmDisplay,
  lvs: lvmReport,
  "lxc-info": version,
  modprobe: modules,
  mount,
  nproc,
  "proxmox-boot-tool": bootTool,
  pvdisplay: lvmDisplay,
  pvs: lvmReport,
  pveperf,
  "qemu-img": version,
  rmmod: modules,
  sfdisk: partitions,
  smartctl,
  "systemd-analyze": systemdAnalyze,
  timedatectl,
  uname,
  "update-grub": updateGrub,
  vgdisplay: lvmDisplay,
  vgs: lvmReport,
  zfs,
  zpool: zfs,
};

export const HARDWARE_PROGRAMS: readonly string[] = Object.keys(HARDWARE);
