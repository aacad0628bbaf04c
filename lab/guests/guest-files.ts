/** The files of a new guest: those of an image, before cloud-init or Proxmox VE has made it somebody's. */
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { rootCertificates } from "node:tls";
import { accountFiles } from "../machines/accounts.ts";
import { CONTROL_DIR } from "../machines/machine.ts";
import { NFTABLES_CONF } from "../machines/nftables-conf.ts";
import { borrowEtc, SYSTEM_FOLDERS } from "../machines/node-files.ts";
import { giveToGroup, giveTree } from "../machines/ownership.ts";
import { customizePython } from "../machines/proc-files.ts";
import { installPrograms } from "../machines/programs.ts";
import { offers } from "../packages/catalogue.ts";
import { installedFiles, PACKAGE_FOLDERS } from "../packages/package-files.ts";
import type { NodePackage } from "../system/node-packages.ts";
import { type GuestOs, guestPackages, osRelease } from "./guest-os.ts";
import { GUEST_PROGRAMS } from "./guest-programs.ts";

const SHADOW = 42;
const MODES: Readonly<Record<string, number>> = {
  "etc/shadow": 0o640,
  "etc/gshadow": 0o640,
  "etc/sudoers": 0o440,
  "usr/bin/cloud-init": 0o755,
};

/** As cloud images have it: keys, and no passwords. */
const SSHD_CONFIG = `Include /etc/ssh/sshd_config.d/*.conf

KbdInteractiveAuthentication no
PasswordAuthentication no
UsePAM yes
X11Forwarding yes
PrintMotd no
AcceptEnv LANG LC_*
Subsystem sftp /usr/lib/openssh/sftp-server
`;

/** Into `directory`, which becomes that of a machine; `owner` is the lab's root. */
export function makeGuestFiles(directory: string, os: GuestOs, owner: { uid: number; gid: number }): void {
  const root = join(directory, "root");
  for (const folder of [...SYSTEM_FOLDERS, ...PACKAGE_FOLDERS, "var/www", "var/lib/cloud"])
    mkdirSync(join(root, folder), { recursive: true });
  borrowEtc(root);
  const installed = [...guestPackages(), ...preinstalled()];
  installPrograms(join(directory, "lab"), root, { packages: installed, answered: GUEST_PROGRAMS });
  linkSudo(root);
  for (const [path, content] of Object.entries(filesOf(os, installed))) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content, { mode: MODES[path] ?? 0o644 });
  }
  for (const [path, mode] of FOLDER_MODES) mkdirSync(join(root, path), { recursive: true, mode });
  customizePython(root);
  giveTree(directory, owner);
  for (const name of ["gshadow", "shadow"]) giveToGroup(join(root, "etc", name), owner, SHADOW);
}

const FOLDER_MODES = [["etc/sudoers.d", 0o750]] as const;

/** What images have of the packages that a node may install. */
function preinstalled(): NodePackage[] {
  return offers()
    .filter(({ name }) => name === "sudo")
    .map(({ name, version, programs = [] }) => ({ name, version, programs }));
}

function filesOf(os: GuestOs, packages: readonly NodePackage[]): Record<string, string> {
  return {
    ...accountFiles(),
    "etc/debian_version": os.id === "debian" ? "13.2\n" : "trixie/sid\n",
    "etc/fstab": "/dev/sda1 / ext4 rw,discard,errors=remount-ro 0 1\n",
    "etc/issue": `${os.prettyName} \\n \\l\n\n`,
    "etc/issue.net": `${os.prettyName}\n`,
    "etc/motd": "",
    "etc/os-release": osRelease(os),
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\ngshadow: files\nhosts: files dns\n",
    "etc/nftables.conf": NFTABLES_CONF,
    "etc/ssh/sshd_config": SSHD_CONFIG,
    "etc/ssh/ssh_config": "Include /etc/ssh/ssh_config.d/*.conf\n\nHost *\n    SendEnv LANG LC_*\n",
    "etc/ssl/certs/ca-certificates.crt": `${rootCertificates.join("\n")}\n`,
    "etc/default/locale": "LANG=C.UTF-8\n",
    "etc/timezone": "Etc/UTC\n",
    "etc/crontab": "SHELL=/bin/sh\nPATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin\n",
    "etc/skel/.profile": '[ -n "$BASH_VERSION" ] && [ -f "$HOME/.bashrc" ] && . "$HOME/.bashrc"\n',
    "etc/skel/.bashrc": "# ~/.bashrc: executed by bash(1) for non-login shells.\n",
    "usr/bin/cloud-init": CLOUD_INIT,
    ...installedFiles(packages),
    ...os.sources,
  };
}

/** Of the program itself, what people wait with; the work is done by who starts the machine. */
const CLOUD_INIT = `#!/bin/sh
# A stand-in of the lab: tells how far the first boot is.
result=/run/cloud-init/result
case "$1" in
status)
  while [ "$2" = --wait ] && [ ! -e $result ]; do sleep 0.2; done
  [ -e $result ] || { echo "status: running"; exit 0; }
  echo "status: $(cat $result)"
  [ "$(cat $result)" = done ] ;;
-v|--version) echo "/usr/bin/cloud-init 25.1.4" ;;
*) echo "lab: 'cloud-init $*' is not simulated" >&2; exit 69 ;;
esac
`;

function linkSudo(root: string): void {
  for (const name of ["usr/bin/sudo", "usr/bin/sudoedit"]) {
    if (!existsSync(`/${name}`)) continue;
    rmSync(join(root, name), { force: true });
    symlinkSync(`${CONTROL_DIR}-setuid/sudo`, join(root, name));
  }
}
