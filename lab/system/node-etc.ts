/** Files that a fresh Proxmox VE on Debian 13 has beside what its programs need: banners, defaults, cron, storage. */
import { createHash } from "node:crypto";
import { rootCertificates } from "node:tls";
import { KERNEL } from "../cluster/commands/pveversion.ts";
import { daemonEtc } from "./daemon-etc.ts";

export const NODE_FOLDERS: readonly string[] = [
  "boot/grub",
  "etc/apparmor.d",
  "etc/corosync",
  "etc/default",
  "etc/lvm/archive",
  "etc/lvm/backup",
  "etc/lvm/profile",
  "etc/modules-load.d",
  "etc/ssh/ssh_config.d",
  "media",
  "var/lib/vz/template/cache",
  "var/log/apt",
  "var/log/chrony",
  "var/log/corosync",
  "var/log/journal",
  "var/log/pve/tasks",
  "var/log/pveproxy",
];

/** By their paths below the root. */
export function nodeEtc({ name, address }: { name: string; address: string }): Record<string, string> {
  // Of the cluster, of random bytes on a real one: nothing of the lab is signed with it.
  const authkey = { "etc/corosync/authkey": createHash("sha512").update("corosync").digest("hex").repeat(2) };
  const certificates = { "etc/ssl/certs/ca-certificates.crt": `${rootCertificates.join("\n")}\n` };
  const told = { ...banners(address), ...defaults(), ...daemonEtc(name) };
  return { ...told, ...cronFiles(), ...bootFiles(), ...authkey, ...certificates };
}

/** Programs among them. */
export const NODE_PROGRAMS: readonly string[] = ["apt-compat", "dpkg", "logrotate", "man-db"].map(
  (name) => `etc/cron.daily/${name}`,
);

function banners(address: string): Record<string, string> {
  const rule = "-".repeat(78);
  return {
    "etc/issue":
      `\n${rule}\n\nWelcome to the Proxmox Virtual Environment. Please use your web browser to \n` +
      `configure this server - connect to:\n\n  https://${address}:8006/\n\n${rule}\n\n`,
    "etc/issue.net": "Debian GNU/Linux 13\n",
    "etc/motd":
      "\nThe programs included with the Debian GNU/Linux system are free software;\n" +
      "the exact distribution terms for each program are described in the\n" +
      "individual files in /usr/share/doc/*/copyright.\n\n" +
      "Debian GNU/Linux comes with ABSOLUTELY NO WARRANTY, to the extent\npermitted by applicable law.\n",
  };
}

function defaults(): Record<string, string> {
  return {
    "etc/aliases": "postmaster: root\nnobody: root\nhostmaster: root\nwebmaster: root\nwww:root\n",
    "etc/default/grub":
      "GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\nGRUB_DISTRIBUTOR=Debian\n" +
      'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=""\n',
    "etc/default/keyboard":
      'XKBMODEL="pc105"\nXKBLAYOUT="us"\nXKBVARIANT=""\nXKBOPTIONS=""\nBACKSPACE="guess"\n',
    "etc/default/locale": "LANG=en_US.UTF-8\n",
    "etc/locale.gen": "en_US.UTF-8 UTF-8\n",
    "etc/timezone": "Etc/UTC\n",
    "etc/lvm/lvm.conf":
      'devices {\n     # added by pve-manager to avoid scanning ZFS zvols and Ceph rbds\n     global_filter=["r|/dev/zd.*|","r|/dev/rbd.*|"]\n }\n',
    "etc/modules": "# /etc/modules is obsolete and has been replaced by /etc/modules-load.d/.\n",
    "etc/modprobe.d/pve-blacklist.conf":
      "# This file contains a list of modules which are not supported by Proxmox VE \n\n" +
      "# nvidiafb see bugreport https://bugzilla.proxmox.com/show_bug.cgi?id=701\nblacklist nvidiafb\n",
    "etc/ssh/ssh_config":
      "Include /etc/ssh/ssh_config.d/*.conf\n\nHost *\n    SendEnv LANG LC_*\n    HashKnownHosts yes\n",
    "etc/ssh/moduli": "# Time Type Tests Tries Size Generator Modulus\n",
    "etc/systemd/journald.conf":
      "[Journal]\n#Storage=auto\n#Compress=yes\n#SystemMaxUse=\n#ForwardToSyslog=no\n",
    "etc/systemd/logind.conf": "[Login]\n#KillUserProcesses=no\n#HandlePowerKey=poweroff\n",
    "etc/systemd/system.conf": "[Manager]\n#LogLevel=info\n#DefaultTimeoutStopSec=90s\n",
    "etc/vzdump.conf":
      "# vzdump default settings\n\n#tmpdir: DIR\n#dumpdir: DIR\n#storage: STORAGE_ID\n#mode: snapshot|suspend|stop\n" +
      "#bwlimit: KBPS\n#performance: [max-workers=N][,pbs-entries-max=N]\n#ionice: PRI\n#lockwait: MINUTES\n#stopwait: MINUTES\n" +
      "#stdexcludes: BOOLEAN\n#prune-backups: keep-INTERVAL=N[,...]\n#script: FILENAME\n#exclude-path: PATHLIST\n#pigz: N\n" +
      "#notes-template: {{guestname}}\n#pbs-change-detection-mode: legacy|data|metadata\n#fleecing: enabled=BOOLEAN,storage=STORAGE_ID\n",
  };
}

const NO_CRON = "[ -d /run/systemd/system ] && exit 0";

function cronFiles(): Record<string, string> {
  return {
    "etc/cron.d/e2scrub_all":
      "30 3 * * 0 root test -e /run/systemd/system || SERVICE_MODE=1 /usr/lib/e2fsprogs/e2scrub_all_cron\n",
    "etc/cron.d/vzdump":
      "# cluster wide vzdump cron schedule\n# Automatically generated file - do not edit\n\n" +
      'PATH="/usr/sbin:/usr/bin:/sbin:/bin"\n\n',
    "etc/cron.d/zfsutils-linux":
      "PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin\n\n" +
      "24 0 1-7 * * root if [ $(date +\\%w) -eq 0 ] && [ -x /usr/lib/zfs-linux/trim ]; then /usr/lib/zfs-linux/trim; fi\n",
    "etc/cron.daily/apt-compat": `#!/bin/sh\n${NO_CRON}\nexit 0\n`,
    "etc/cron.daily/dpkg": "#!/bin/sh\nexit 0\n",
    "etc/cron.daily/logrotate": `#!/bin/sh\n${NO_CRON}\nexit 0\n`,
    "etc/cron.daily/man-db": `#!/bin/sh\n${NO_CRON}\nexit 0\n`,
  };
}

function bootFiles(): Record<string, string> {
  const files = ["config", "initrd.img", "System.map", "vmlinuz"].map((name) => [
    `boot/${name}-${KERNEL}`,
    "",
  ]);
  return {
    ...Object.fromEntries(files),
    "boot/grub/grub.cfg":
      "#\n# DO NOT EDIT THIS FILE\n#\n# It is automatically generated by grub-mkconfig\n#\n",
    "boot/pve/vmlinuz.version": `${KERNEL}\n`,
  };
}
