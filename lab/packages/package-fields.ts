/** What is told of a package that a node has from the beginning. */

/** Whose packages have Proxmox' own versions. */
export function isOfProxmox(name: string, version: string): boolean {
  return (
    /^(?:lib)?(?:pve|proxmox)|^qemu-server$|^ksm-control/.test(name) || /[+~-](?:pve|pmx)\d/.test(version)
  );
}

/**
 * Of those that people remove without knowing what goes with them; by package, as the control files of Proxmox and Debian
 * have it, without versions and without what a node cannot lose anyway.
 */
const DEPENDS: Readonly<Record<string, string>> = {
  "libpve-storage-perl":
    "bzip2, ceph-common, ceph-fuse, cifs-utils, cstream, lvm2, nfs-common, proxmox-backup-client, pve-cluster, smartmontools, xfsprogs",
  "nfs-common": "rpcbind",
  "proxmox-ve": "proxmox-default-kernel, pve-manager, qemu-server, openssh-client, openssh-server",
  "pve-cluster": "corosync",
  "pve-container": "apparmor, libpve-storage-perl, lxc-pve, pve-cluster, pve-lxc-syscalld",
  "pve-firewall": "ebtables, ipset, iptables, pve-cluster",
  "pve-ha-manager": "pve-cluster, pve-container, qemu-server",
  "pve-manager":
    "cstream, dtach, faketime, ifupdown2, libpve-storage-perl, logrotate, novnc-pve, openssh-client, openssh-server, postfix, " +
    "proxmox-widget-toolkit, pve-cluster, pve-container, pve-docs, pve-firewall, pve-ha-manager, pve-xtermjs, qemu-server, " +
    "rsync, spiceterm, vncterm, wget",
  "qemu-server":
    "libpve-storage-perl, pve-cluster, pve-edk2-firmware, pve-firewall, pve-ha-manager, pve-qemu-kvm, socat",
};

/** Of which a node has one at a time. */
const RELATIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  chrony: { Provides: "time-daemon", Conflicts: "time-daemon", Replaces: "time-daemon" },
};

/** As dpkg's status and the indexes have them. */
export function packageFields(name: string, version: string): Record<string, string> {
  const isProxmox = isOfProxmox(name, version);
  return {
    ...{
      Package: name,
      Version: version,
      Architecture: name === "pve-manager" || name === "proxmox-ve" ? "all" : "amd64",
    },
    ...(DEPENDS[name] && { Depends: DEPENDS[name] }),
    ...RELATIONS[name],
    Maintainer: isProxmox ? "Proxmox Support Team <support@proxmox.com>" : "Debian <debian@lists.debian.org>",
    ...{
      "Installed-Size": "1024",
      Section: "admin",
      Priority: "optional",
      Description: `${name} of ${isProxmox ? "Proxmox VE" : "Debian"}`,
    },
  };
}
