/** What is of high risk in a line for a shell that changes something, by its words. What only reads is not asked about. */
import type { Risk, RiskKind } from "./change.ts";
import { type IsListed, wordList } from "./word-list.ts";

type Rule = {
  kind: RiskKind;
  why: string;
  /** Any of these, wherever it stands. */
  words?: IsListed;
  /** One of the first, and later one of the second. */
  verbs?: readonly (readonly [programs: IsListed, verbs: IsListed])[];
  /** A word that begins so. */
  paths?: readonly string[];
};

const verb = (programs: string, verbs: string) => [wordList(programs), wordList(verbs)] as const;
const GUESTS = "qm pct";
const PACKAGES = "apt apt-get aptitude dpkg";

const RULES: readonly Rule[] = [
  {
    kind: "destroy",
    why: "destroys something, or sets it back",
    words: wordList("rm unlink shred truncate qmrestore -delete DELETE wipefs"),
    verbs: [
      verb(GUESTS, "destroy rollback delsnapshot restore"),
      verb("pvesh", "delete"),
      verb(PACKAGES, "remove purge autoremove -r -P --purge"),
      verb("zfs zpool pvesm", "destroy free remove"),
    ],
  },
  {
    kind: "storage",
    why: "changes disks, volumes or file systems",
    words: wordList(
      "wipefs sgdisk parted fdisk sfdisk dd blkdiscard zpool zfs pvesm cryptsetup mdadm umount mount fstrim resize2fs mkfs* mkswap ceph pveceph lvcreate lvremove lvreduce lvextend lvchange lvconvert lvresize lvrename vgcreate vgremove vgreduce vgextend vgchange vgrename pvcreate pvremove pvmove pvresize",
    ),
    verbs: [verb(GUESTS, "resize move-disk move_disk move-volume move_volume importdisk unlink disk")],
    paths: ["/etc/fstab", "/etc/pve/storage.cfg"],
  },
  {
    kind: "quorum",
    why: "changes the cluster's quorum, membership or HA",
    words: wordList("pvecm ha-manager corosync* pmxcfs pve-cluster*"),
    paths: ["/etc/corosync", "/etc/pve/ha", "/etc/pve/corosync"],
  },
  {
    kind: "credentials",
    why: "changes users, passwords, keys or privileges",
    words: wordList(
      "pveum passwd chpasswd useradd usermod userdel groupadd groupdel gpasswd visudo adduser deluser chage ssh-keygen ssh-copy-id updatecerts",
    ),
    verbs: [verb("pvenode", "cert acme")],
    paths: ["/etc/shadow", "/etc/sudoers", "/etc/passwd", "/etc/pve/priv", "/etc/pve/user.cfg"],
  },
  {
    kind: "access",
    why: "changes who can reach the host",
    words: wordList(
      "sshd ssh.service sshd.service sshd_config ssh_config authorized_keys iptables* ip6tables* nft ufw pve-firewall proxmox-firewall ifup ifdown ifreload netplan networking networking.service hosts.deny hosts.allow",
    ),
    verbs: [verb("ip", "link addr address route rule neigh"), verb("systemctl service", "ssh networking")],
    paths: ["/etc/ssh", "/etc/network", "/etc/pam.d", "/etc/nftables", "/etc/pve/firewall", "/etc/hosts."],
  },
  {
    kind: "stops",
    why: "stops or restarts a guest or a service",
    words: wordList("pkill killall kill"),
    verbs: [
      verb(GUESTS, "stop shutdown reboot reset suspend migrate"),
      verb("systemctl", "stop restart try-restart reload disable mask kill isolate"),
      verb("service", "stop restart reload"),
    ],
  },
  {
    kind: "node",
    why: "acts on a node as a whole",
    words: wordList(
      "reboot shutdown poweroff halt kexec sysctl modprobe rmmod grub-install update-grub update-initramfs proxmox-boot-tool pveupgrade hostnamectl timedatectl",
    ),
    verbs: [verb(PACKAGES, "upgrade dist-upgrade full-upgrade"), verb("init telinit", "0 1 6")],
    paths: ["/proc/sysrq-trigger", "/etc/hostname", "/proc/sys", "/etc/sysctl"],
  },
];

/** So much of a line is looked at, and so many words behind a program. */
const MAX_CHARS = 30_000;
const MAX_VERB_WORDS = 12;

export function risksOfLine(line: string): Risk[] {
  const words = line.slice(0, MAX_CHARS).split(/[\s;|&()<>"'`{}=,]+/);
  const names = words.map((word) => word.slice(word.lastIndexOf("/") + 1));
  return RULES.flatMap((rule) => (isIn(rule, words, names) ? [{ kind: rule.kind, why: rule.why }] : []));
}

/** Of a file that is written, by its path. */
export function risksOfPath(path: string): Risk[] {
  return risksOfLine(path).filter(({ kind }) => kind !== "destroy");
}

function isIn({ words: isListed, verbs = [], paths = [] }: Rule, words: string[], names: string[]): boolean {
  return (
    words.some((word) => paths.some((path) => word.startsWith(path))) ||
    (isListed !== undefined && names.some(isListed)) ||
    names.some((name, at) =>
      verbs.some(
        ([isProgram, isVerb]) => isProgram(name) && names.slice(at + 1, at + 1 + MAX_VERB_WORDS).some(isVerb),
      ),
    )
  );
}
