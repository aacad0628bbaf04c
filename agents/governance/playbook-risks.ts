/** What is of high risk in a task that changes something, by its module, its arguments and the files that it writes. */
import type { Risk, RiskKind } from "./change.ts";
import type { Arguments } from "./playbook-modules.ts";
import { risksOfLine, risksOfPath } from "./shell-risks.ts";
import { type IsListed, wordList } from "./word-list.ts";

/** `[kind, why, last parts of modules' names]` */
const MODULES: readonly (readonly [RiskKind, string, IsListed])[] = [
  [
    "access",
    "changes who can reach the host",
    wordList(
      "user group authorized_key known_hosts iptables iptables_state nftables ufw firewalld sudoers pamd pam_limits selinux seboolean nmcli interfaces_file netplan proxmox_firewall* openssh_* hostname",
    ),
  ],
  [
    "credentials",
    "changes users, passwords, keys or privileges",
    wordList(
      "user group authorized_key sudoers htpasswd *_user *_group *_acl *_role *_privs openssl_* openssh_keypair x509_certificate acme_* apt_key rpm_key keyring*",
    ),
  ],
  [
    "storage",
    "changes disks, volumes or file systems",
    wordList(
      "filesystem mount lvol lvg lvg_rename parted zfs zfs_delegate_admin zpool luks_device crypttab proxmox_disk proxmox_storage* btrfs_* mdadm gluster* swapfile",
    ),
  ],
  [
    "quorum",
    "changes the cluster's quorum, membership or HA",
    wordList("proxmox_cluster* proxmox_ha* pacemaker_*"),
  ],
  [
    "node",
    "acts on a node as a whole",
    wordList("reboot shutdown sysctl modprobe grub* kernel_* hostname timezone capabilities proxmox_node*"),
  ],
  ["stops", "stops or restarts the host", wordList("reboot shutdown")],
];

const SERVICES = /^(?:service|systemd|systemd_service|sysvinit|runit|supervisorctl|openrc)$/;
const GUESTS = /^proxmox(?:_kvm|_lxc|_vm|_snap|_template|_backup)?$/;
const PACKAGES = /^(?:apt|package|dpkg|apt_rpm|deb|yum|dnf|pip|snap)$/;
const PATHS = ["dest", "path", "name", "src", "unit", "key_file"] as const;

export function risksOfTask(module: string, args: Arguments): Risk[] {
  const name = module.slice(module.lastIndexOf(".") + 1);
  const byName = MODULES.flatMap(([kind, why, isListed]) => (isListed(name) ? [{ kind, why }] : []));
  return [...byName, ...risksOfState(name, args), ...risksOfFiles(name, args)];
}

function risksOfState(name: string, args: Arguments): Risk[] {
  const state = String(args["state"] ?? "");
  const risks: Risk[] = [];
  const add = (kind: RiskKind, why: string) => risks.push({ kind, why });
  const isRemoved = /^(?:absent|deleted|removed|latest_absent)$/.test(state);
  if (isRemoved) add("destroy", PACKAGES.test(name) ? "removes packages" : "removes what is there");
  const isStopped = /^(?:stopped|restarted|reloaded|killed|paused|hibernated|shutdown)$/.test(state);
  if (isStopped || (SERVICES.test(name) && isOff(args)))
    add("stops", GUESTS.test(name) ? "stops or restarts a guest" : "stops or restarts a service");
  if (GUESTS.test(name) && /^(?:rollback|migrated)$/.test(state))
    add("destroy", "sets a guest back or moves it");
  if (PACKAGES.test(name) && args["upgrade"] !== undefined && !/^(?:no|false)$/.test(String(args["upgrade"])))
    add("node", "upgrades the whole host");
  return risks;
}

function isOff({ enabled, masked }: Arguments): boolean {
  return (
    enabled === false || /^(?:no|false)$/.test(String(enabled)) || (masked !== undefined && masked !== false)
  );
}

/** The words of the paths and of what is put into the files. */
function risksOfFiles(name: string, args: Arguments): Risk[] {
  const texts = PATHS.map((key) => args[key]).filter((value) => typeof value === "string");
  const risks = texts.flatMap(risksOfPath);
  const isSecret =
    args["content"] !== undefined && /passw|secret|token|PRIVATE KEY/i.test(String(args["content"]));
  if (isSecret) risks.push({ kind: "credentials", why: "writes what looks like a secret" });
  if (
    SERVICES.test(name) &&
    texts.some((text) => /^(?:ssh|sshd|networking|pve-cluster|pveproxy)\b/.test(text))
  )
    risks.push({ kind: "access", why: "changes who can reach the host" });
  return risks;
}

/** Of a command that is not known to only read. */
export function risksOfCommand(text: string): Risk[] {
  return [{ kind: "commands", why: "runs a command that may change something" }, ...risksOfLine(text)];
}
