/** The files that a new node has in /etc and elsewhere. Each is written once; after that it is the node's own. */
import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PACKAGE_FOLDERS, packageFiles, packageScripts } from "../packages/package-files.ts";
import { NODE_FOLDERS, NODE_PROGRAMS, nodeEtc } from "../system/node-etc.ts";
import { vendorUnits } from "../systemd/installed-units.ts";
import { accountFiles } from "./accounts.ts";
import { NFTABLES_CONF } from "./nftables-conf.ts";

/** Of the host's /etc, what its programs need to run at all. */
const BORROWED =
  "alternatives bash.bashrc debconf.conf inputrc ld.so.cache ld.so.conf ld.so.conf.d localtime login.defs profile protocols services".split(
    " ",
  );

/** Of every machine. */
export const SYSTEM_FOLDERS: readonly string[] = [
  "dev",
  "etc/cron.d",
  "etc/cron.daily",
  "etc/cron.hourly",
  "etc/cron.monthly",
  "etc/cron.weekly",
  "etc/network/interfaces.d",
  "etc/profile.d",
  "etc/security/limits.d",
  "etc/security/namespace.d",
  "etc/skel",
  "etc/ssh/sshd_config.d",
  "etc/sudoers.d",
  "etc/sysctl.d",
  "etc/systemd/system",
  "etc/tmpfiles.d",
  "home",
  "mnt",
  "opt/lab",
  "proc",
  "root/.ssh",
  "run",
  "srv",
  "sys",
  "tmp",
  "var/backups",
  "var/cache",
  "var/lib/systemd/timers",
  "var/log",
  "var/mail",
  "var/spool/cron/atjobs",
  "var/spool/cron/crontabs",
  "var/tmp",
];
const PVE_FOLDERS = [
  "etc/pve",
  "var/lib/vz/dump",
  "var/lib/vz/images",
  "var/lib/vz/import",
  "var/lib/vz/snippets",
  "var/lib/vz/template/iso",
];

/** As the installer of Proxmox VE leaves it: root may log in with a password. */
const SSHD_CONFIG = `Include /etc/ssh/sshd_config.d/*.conf

HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin yes
KbdInteractiveAuthentication no
UsePAM yes
X11Forwarding yes
PrintMotd no
AcceptEnv LANG LC_*
Subsystem sftp /usr/lib/openssh/sftp-server
`;

export type NodeFacts = {
  name: string;
  address: string;
  /** Of root. */
  password: string;
  neighbours: readonly { name: string; address: string }[];
};

/** The whole of a node's own file system, `root` being its `/`. */
export function makeSystem(root: string, node: NodeFacts): void {
  for (const folder of [...SYSTEM_FOLDERS, ...PVE_FOLDERS, ...NODE_FOLDERS, ...PACKAGE_FOLDERS])
    mkdirSync(join(root, folder), { recursive: true });
  borrowEtc(root);
  if (existsSync(join(root, "etc/shadow"))) return;
  const files = {
    ...systemFiles(node),
    ...accountFiles(node.password),
    ...commonFiles(node),
    ...nodeEtc(node),
    ...packageFiles(),
    ...vendorUnits(),
  };
  for (const [path, content] of Object.entries(files)) writeOnce(join(root, path), content);
  for (const [path, mode] of Object.entries(MODES)) chmodSync(join(root, path), mode);
  for (const path of [...NODE_PROGRAMS, ...packageScripts(files)]) chmodSync(join(root, path), 0o755);
  for (const path of ["", "/partial"]) utimesSync(join(root, `var/lib/apt/lists${path}`), BUILT, BUILT);
}

export function borrowEtc(root: string): void {
  for (const name of BORROWED) copyOnce(`/etc/${name}`, join(root, "etc", name));
}

/** Of the installer's image: since then no index has been fetched, which `cache_valid_time` of Ansible's apt asks. */
const BUILT = new Date("2025-11-19T08:00:00Z");

const MODES: Readonly<Record<string, number>> = {
  "etc/corosync/authkey": 0o400,
  "etc/shadow": 0o640,
  "etc/gshadow": 0o640,
  "etc/sudoers": 0o440,
  "etc/sudoers.d": 0o750,
  root: 0o700,
  "root/.ssh": 0o700,
  tmp: 0o1777,
  "var/tmp": 0o1777,
  "var/spool/cron/crontabs": 0o1730,
};

function systemFiles({ name, neighbours }: NodeFacts): Record<string, string> {
  const hosts = neighbours.map((node) => `${node.address} ${node.name}.lab.example ${node.name}\n`);
  return {
    "etc/crontab": CRONTAB,
    "etc/debian_version": "13.2\n",
    "etc/fstab":
      "/dev/pve/root / ext4 errors=remount-ro 0 1\n/dev/pve/swap none swap sw 0 0\nproc /proc proc defaults 0 0\n",
    "etc/hostname": `${name}\n`,
    "etc/hosts": `127.0.0.1 localhost.localdomain localhost\n${hosts.join("")}`,
    "etc/machine-id": `${createHash("md5").update(name).digest("hex")}\n`,
    "etc/nsswitch.conf":
      "passwd: files\ngroup: files\nshadow: files\ngshadow: files\nhosts: files dns\nnetworks: files\n" +
      "protocols: db files\nservices: db files\nethers: db files\nrpc: db files\nnetgroup: nis\n",
    "etc/os-release":
      'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\nVERSION="13 (trixie)"\n' +
      "VERSION_CODENAME=trixie\nDEBIAN_VERSION_FULL=13.2\nID=debian\n",
    "etc/resolv.conf": "search lab.example\nnameserver 192.168.10.1\n",
    "var/log/btmp": "",
    "var/log/lastlog": "",
    "var/log/wtmp": "",
    "etc/skel/.bash_logout": "",
    "etc/skel/.bashrc": "# ~/.bashrc: executed by bash(1) for non-login shells.\n",
    "etc/skel/.profile": '[ -n "$BASH_VERSION" ] && [ -f "$HOME/.bashrc" ] && . "$HOME/.bashrc"\n',
  };
}

export function commonFiles({ address }: { address: string }): Record<string, string> {
  return {
    "etc/network/interfaces": interfaces(address),
    "etc/nftables.conf": NFTABLES_CONF,
    "etc/ssh/sshd_config": SSHD_CONFIG,
  };
}

const CRONTAB = `SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin

17 *	* * *	root	cd / && run-parts --report /etc/cron.hourly
25 6	* * *	root	test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }
47 6	* * 7	root	test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.weekly; }
52 6	1 * *	root	test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.monthly; }
`;

export function interfaces(address: string): string {
  const gateway = address.replace(/\.\d+$/, ".1");
  return `auto lo
iface lo inet loopback

iface nic0 inet manual

auto vmbr0
iface vmbr0 inet static
	address ${address}/24
	gateway ${gateway}
	bridge-ports nic0
	bridge-stp off
	bridge-fd 0

source /etc/network/interfaces.d/*
`;
}

function copyOnce(from: string, to: string): void {
  if (existsSync(from) && !existsSync(to)) cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}

function writeOnce(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (!existsSync(path)) writeFileSync(path, content);
}
