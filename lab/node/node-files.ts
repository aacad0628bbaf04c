/** The files that a new node has in /etc and elsewhere. Each is written once; after that it is the node's own. */
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Of the host's /etc, what its programs need to run at all. */
const BORROWED =
  "alternatives bash.bashrc inputrc ld.so.cache ld.so.conf ld.so.conf.d localtime login.defs nsswitch.conf profile protocols services".split(
    " ",
  );

const FOLDERS = [
  "dev",
  "etc/pve",
  "etc/ssh/sshd_config.d",
  "etc/sysctl.d",
  "home",
  "mnt",
  "opt/lab",
  "proc",
  "root/.ssh",
  "run/lab",
  "run/sshd",
  "run/systemd/system",
  "srv",
  "tmp",
  "usr",
  "var/cache",
  "var/lib/vz/dump",
  "var/lib/vz/images",
  "var/lib/vz/snippets",
  "var/lib/vz/template/iso",
  "var/log",
  "var/tmp",
];

/** As the installer of Proxmox VE leaves it: root may log in with a password. */
const SSHD_CONFIG = `Include /etc/ssh/sshd_config.d/*.conf

HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin yes
KbdInteractiveAuthentication no
X11Forwarding yes
PrintMotd no
AcceptEnv LANG LC_*
Subsystem sftp /usr/lib/openssh/sftp-server
`;

const NFTABLES_CONF = `#!/usr/sbin/nft -f

flush ruleset

table inet filter {
	chain input {
		type filter hook input priority filter;
	}
	chain forward {
		type filter hook forward priority filter;
	}
	chain output {
		type filter hook output priority filter;
	}
}
`;

/** The whole of a node's own file system, `root` being its `/`. */
export function makeSystem(root: string, node: { name: string; address: string }): void {
  for (const folder of FOLDERS) mkdirSync(join(root, folder), { recursive: true });
  for (const name of BORROWED) copyOnce(`/etc/${name}`, join(root, "etc", name));
  const files = { ...systemFiles(node), ...commonFiles(node) };
  for (const [path, content] of Object.entries(files)) writeOnce(join(root, path), content);
}

/** Of a container, only what makes it a node: the rest is the image's. */
export function makeContainerNode(root: string, node: { name: string; address: string }): void {
  const marker = join(root, "etc/lab-node-ready");
  if (existsSync(marker)) return;
  for (const folder of [
    "etc/pve",
    "etc/ssh/sshd_config.d",
    "root/.ssh",
    "run/lab",
    "run/sshd",
    "run/systemd/system",
  ]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  for (const [path, content] of Object.entries(commonFiles(node))) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  writeFileSync(marker, "");
}

function systemFiles({ name, address }: { name: string; address: string }): Record<string, string> {
  return {
    "etc/debian_version": "13.2\n",
    "etc/group": "root:x:0:\nshadow:x:42:\nwww-data:x:33:\nnogroup:x:65534:\n",
    "etc/hostname": `${name}\n`,
    "etc/hosts": `127.0.0.1 localhost.localdomain localhost\n${address} ${name}.lab.example ${name}\n`,
    "etc/os-release":
      'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\nVERSION="13 (trixie)"\n' +
      "VERSION_CODENAME=trixie\nDEBIAN_VERSION_FULL=13.2\nID=debian\n",
    "etc/passwd":
      "root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n" +
      "sshd:x:100:65534::/run/sshd:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
  };
}

function commonFiles({ address }: { address: string }): Record<string, string> {
  return {
    "etc/network/interfaces": interfaces(address),
    "etc/nftables.conf": NFTABLES_CONF,
    "etc/ssh/sshd_config": SSHD_CONFIG,
  };
}

function interfaces(address: string): string {
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
`;
}

function copyOnce(from: string, to: string): void {
  if (existsSync(from) && !existsSync(to)) cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}

function writeOnce(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (!existsSync(path)) writeFileSync(path, content);
}
