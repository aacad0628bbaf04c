/** What is of high risk in a line for a shell that changes something, by its words. What only reads is not asked about. */
import type { Risk, RiskKind } from "./change.ts";

/** `[kind, why, words]`; a word that merely stands there counts too. */
const WORDS: readonly (readonly [RiskKind, string, RegExp])[] = [
  ["destroy", "destroys a guest", /\b(?:qm|pct)\s+destroy\b/],
  ["destroy", "sets a guest back", /\b(?:qm|pct)\s+(?:rollback|delsnapshot|restore)\b|\bqmrestore\b/],
  ["destroy", "deletes by the cluster's API", /\bpvesh\s+delete\b|\bDELETE\b/],
  ["destroy", "removes files", /\b(?:rm|unlink|shred|truncate)\s|\bfind\s[^|;]{0,80}-delete\b/],
  ["destroy", "removes packages", /\b(?:apt|apt-get|dpkg)\s[^|;]{0,80}(?:remove|purge|autoremove|\s-[rP]\b)/],
  [
    "storage",
    "changes disks, volumes or file systems",
    /\b(?:wipefs|sgdisk|parted|fdisk|sfdisk|dd|blkdiscard|zpool|zfs|pvesm|cryptsetup|mdadm|umount|mount|fstrim|resize2fs)\s|\bmkfs\b|\b(?:lv|vg|pv)(?:create|remove|reduce|extend|change|convert|resize|rename|move)\b|\bceph\b|\/etc\/(?:fstab|pve\/storage\.cfg)|\b(?:qm|pct)\s+(?:resize|move[-_]?(?:disk|volume)|importdisk|unlink|disk)\b/,
  ],
  [
    "quorum",
    "changes the cluster's quorum, membership or HA",
    /\b(?:pvecm|ha-manager|corosync[\w-]*|pmxcfs)\b|\/etc\/(?:corosync|pve\/(?:ha|corosync))/,
  ],
  [
    "credentials",
    "changes users, passwords, keys or privileges",
    /\b(?:pveum|passwd|chpasswd|useradd|usermod|userdel|groupadd|groupdel|gpasswd|visudo|adduser|deluser|chage|ssh-keygen|ssh-copy-id|pvenode\s+(?:cert|acme)|pvecm\s+updatecerts)\b|\/etc\/(?:shadow|sudoers|passwd|pve\/priv)/,
  ],
  [
    "access",
    "changes who can reach the host",
    /\b(?:sshd?_config|authorized_keys|sshd|iptables[\w-]*|ip6tables[\w-]*|nft|ufw|pve-firewall|proxmox-firewall|ifup|ifdown|ifreload|netplan|hosts\.deny|hosts\.allow)\b|\/etc\/(?:ssh|network|pam\.d|nftables|pve\/firewall)|\bip\s+(?:link|addr|address|route|rule|neigh)\b|\bsystemctl\s[^|;]{0,80}\bssh/,
  ],
  [
    "stops",
    "stops or restarts a guest or a service",
    /\b(?:qm|pct)\s+(?:stop|shutdown|reboot|reset|suspend|migrate)\b|\bsystemctl\s[^|;]{0,80}\b(?:stop|restart|try-restart|reload|disable|mask|kill|isolate)\b|\bservice\s+\S+\s+(?:stop|restart)\b|\b(?:pkill|killall|kill)\s/,
  ],
  [
    "node",
    "acts on a node as a whole",
    /\b(?:reboot|shutdown|poweroff|halt|kexec|init\s+[06]|sysctl|modprobe|rmmod|grub-install|update-grub|update-initramfs|proxmox-boot-tool|pveupgrade|hostnamectl|timedatectl)\b|\b(?:dist-upgrade|full-upgrade)\b|\bapt(?:-get)?\s[^|;]{0,80}upgrade\b|\/proc\/sysrq-trigger|\/etc\/hostname/,
  ],
];

export function risksOfLine(line: string): Risk[] {
  return WORDS.flatMap(([kind, why, words]) => (words.test(line) ? [{ kind, why }] : []));
}

/** Of a file that is written, by its path. */
export function risksOfPath(path: string): Risk[] {
  return risksOfLine(path).filter(({ kind }) => kind !== "destroy");
}
