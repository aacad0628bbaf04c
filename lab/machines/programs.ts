/**
 * The programs of a node: /usr/bin and /usr/sbin hold what a node has and nothing else of this machine. Each name leads to
 * the program of this machine, where there is one, or to the one small script that asks the lab.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { PROGRAM_NAMES } from "../cluster/cli.ts";
import { makeMirror } from "../packages/mirror.ts";
import { HARDWARE_PROGRAMS } from "../system/hardware.ts";
import { type NodePackage, nodePackages } from "../system/node-packages.ts";
import { CONTROL_DIR, LAB_DIR } from "./machine.ts";
import { copyOpenSsh } from "./openssh-version.ts";

/** Real here, each with a network of the machine's own. */
const REAL = ["bridge", "ip", "iptables", "iptables-restore", "iptables-save", "nft", "ss"];
/** Real too: they read /proc, of which the machine has its own. */
const READING = ["free"];

/** Of the machine itself, whatever the cluster says of it. */
const OWN = ["crontab", "dmesg", "halt", "logger", "poweroff", "reboot", "shutdown", "systemd-run"];

/** What the lab answers; every other program of a node that this machine does not have is a gap. */
export const ANSWERED: ReadonlySet<string> = new Set([
  ...PROGRAM_NAMES.filter((name) => !REAL.includes(name) && !READING.includes(name)),
  ...HARDWARE_PROGRAMS,
  ...OWN,
]);

/** What makes an ordinary user more than that, where the programs of this machine are those of another root. */
export const SETUID = "su passwd chsh chfn newgrp gpasswd chage expiry ping unix_chkpwd".split(" ");

/** Into the machine's /opt/lab/bin. */
const SCRIPTS: Readonly<Record<string, string>> = {
  "lab-program": join(import.meta.dirname, "lab-program.pl"),
  "apt-method": join(import.meta.dirname, "../packages/apt-method.pl"),
  "pve-apt-hook": join(import.meta.dirname, "../packages/pve-apt-hook.pl"),
  acl: join(import.meta.dirname, "../packages/programs/acl.pl"),
  apparmor: join(import.meta.dirname, "../packages/programs/apparmor.pl"),
  "grub-mkconfig": join(import.meta.dirname, "../system/grub-mkconfig.sh"),
  "update-initramfs": join(import.meta.dirname, "../system/update-initramfs.sh"),
  ifupdown: join(import.meta.dirname, "../system/ifupdown.pl"),
  ip: join(import.meta.dirname, "../system/ip.pl"),
  ssh: join(import.meta.dirname, "../system/ssh.sh"),
  "systemd-analyze": join(import.meta.dirname, "../system/systemd-analyze.sh"),
};
export const ASKING = `${LAB_DIR}/bin/lab-program`;

/** By its name on a node, the script of the lab that is that program there. */
const SCRIPTED: Readonly<Record<string, string>> = {
  "grub-mkconfig": "grub-mkconfig",
  ...Object.fromEntries(["ifdown", "ifquery", "ifreload", "ifup"].map((name) => [name, "ifupdown"])),
  ...Object.fromEntries(
    ["aa-enabled", "aa-status", "apparmor_parser", "apparmor_status"].map((name) => [name, "apparmor"]),
  ),
  getfacl: "acl",
  ip: "ip",
  setfacl: "acl",
  "systemd-analyze": "systemd-analyze",
  "update-grub": "grub-mkconfig",
  "update-grub2": "grub-mkconfig",
  "update-initramfs": "update-initramfs",
};

/** Real, but for what they say of their version; where the copies are, below the machine's /opt/lab. */
const OPENSSH: Readonly<Record<string, string>> = {
  "usr/bin/ssh": "bin/openssh/ssh",
  "usr/sbin/sshd": "bin/sshd",
};

/** This machine's would have to change what only its own root may: gaps, where its kernel does not let them work. */
const REFUSED = ["chattr"];

/** The lab's own, of no package that a fresh node has. */
const OFFERED = ["getfacl", "setfacl"];

export type Installed = {
  packages: readonly NodePackage[] /** What the lab answers of its programs. */;
  answered: ReadonlySet<string>;
};

/** Into `lab`, which becomes /opt/lab, and `root`, the machine's `/`; what that has already is its own. */
export function installPrograms(
  lab: string,
  root: string,
  { packages, answered }: Installed = { packages: nodePackages(), answered: ANSWERED },
): void {
  for (const folder of ["bin/asking", "bin/openssh"]) mkdirSync(join(lab, folder), { recursive: true });
  for (const [name, source] of Object.entries(SCRIPTS)) {
    copyFileSync(source, join(lab, "bin", name));
    chmodSync(join(lab, "bin", name), 0o755);
  }
  const asking = join(lab, "bin/asking/systemd-analyze");
  if (!lstatSync(asking, { throwIfNoEntry: false })) symlinkSync(ASKING, asking);
  makeMirror(join(lab, "mirror"), { asking: ASKING, setuid: `${CONTROL_DIR}-setuid` });
  const renamed = Object.entries(OPENSSH).flatMap(([path, place]) =>
    copyOpenSsh(`/${path}`, join(lab, place)) ? [path] : [],
  );
  if (existsSync(join(root, "usr/bin"))) return;
  for (const folder of ["usr/bin", "usr/sbin"]) mkdirSync(join(root, folder), { recursive: true });
  const listed = packages.flatMap(({ programs }) => programs);
  const names = new Set(listed.map((path) => basename(path)));
  const others = [...answered, ...REFUSED, ...OFFERED]
    .filter((name) => !names.has(name))
    .map((name) => `usr/bin/${name}`);
  for (const path of [...listed, ...others]) {
    if (renamed.includes(path)) symlinkSync(`${LAB_DIR}/bin/${basename(path)}`, join(root, path));
    else install(path, join(root, path), answered);
  }
}

/** A program that may make somebody root is laid over an empty file at each boot. */
function install(path: string, place: string, answered: ReadonlySet<string>): void {
  const name = basename(path);
  const isHere = lstatSync(`/${path}`, { throwIfNoEntry: false }) !== undefined;
  const script = Object.hasOwn(SCRIPTED, name) ? SCRIPTED[name] : undefined;
  if (script !== undefined) symlinkSync(`${LAB_DIR}/bin/${script}`, place);
  else if (answered.has(name) || REFUSED.includes(name) || !isHere) symlinkSync(ASKING, place);
  else if (SETUID.includes(name)) writeFileSync(place, "", { mode: 0o755 });
  else symlinkSync(path.replace(/^usr\//, "../."), place);
}
