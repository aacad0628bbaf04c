/** The modules of a node's kernel: `lsmod`, `modprobe` and `rmmod` on a list that /proc/modules shows; nothing is loaded. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KERNEL } from "../cluster/commands/pveversion.ts";
import { type CommandOutcome, failed, NOT_SIMULATED, notSimulated, succeeded } from "../cluster/outcome.ts";
import type { Asked } from "./stand-in.ts";

/** Beside the machine's root; laid over /proc/modules where this machine has one, and where not, read by Python in its place. */
const LIST = "../proc/modules";
const MAX_SETTINGS_BYTES = 64 * 1024;

/** Of those that Proxmox' kernel has, the ones that people load by hand. */
const KNOWN = new Set(
  (
    "8021q amdgpu bonding br_netfilter bridge ceph cifs coretemp cramfs dccp drivetemp dummy fuse hfs hfsplus i915 ifb " +
    "ip6_tables ip_set ip_tables ip_vs iptable_filter ipmi_devintf ipmi_si it87 jffs2 jfs kvm kvm_amd kvm_intel loop macvlan " +
    "msr nbd nct6775 nf_conntrack nf_nat nf_tables nfs nfsd nouveau nvme overlay rbd rds sctp softdog squashfs tipc tun udf " +
    "usb_storage vfat vfio vfio_iommu_type1 vfio_pci veth vhost_net vxlan wireguard xfs zfs zram"
  ).split(" "),
);

type Module = { name: string; line: string };

export function modules({ program, words, root }: Asked): CommandOutcome {
  const loaded = readList(root);
  if (program === "lsmod" && words.length === 0) return succeeded(listed(loaded));
  const options = words.filter((word) => word.startsWith("-"));
  const names = words.filter((word) => !word.startsWith("-")).map((name) => name.replaceAll("-", "_"));
  const isRemoval = program === "rmmod" || options.includes("-r") || options.includes("--remove");
  const isPlain = options.every((option) =>
    /^(?:-[rqv]|--remove|--quiet|--verbose|--first-time)$/.test(option),
  );
  const [name, ...more] = names;
  // what follows a module's name to load are its settings
  if (
    !/^(?:modprobe|rmmod)$/.test(program) ||
    !isPlain ||
    name === undefined ||
    (isRemoval && more.length > 0)
  )
    return notSimulated([program, ...words].join(" "), NOT_SIMULATED);
  if (isRemoval) return remove(name, loaded, root);
  if (loaded.some((module) => module.name === name)) return succeeded();
  return install(name, root) ?? load(name, loaded, root);
}

/** As kmod prints them: `%-19s %8ld  %d`, and who uses it. */
function listed(loaded: readonly Module[]): string {
  const rows = loaded.map(({ name, line }) => {
    const [, size = "", uses = "", users = ""] = line.split(" ");
    const row = `${name.padEnd(19)} ${size.padStart(8)}  ${uses} ${users.replace(/[-,]$/, "")}`;
    return `${row.trimEnd()}\n`;
  });
  return `Module                  Size  Used by\n${rows.join("")}`;
}

function remove(name: string, loaded: readonly Module[], root: string): CommandOutcome {
  if (!loaded.some((module) => module.name === name))
    return KNOWN.has(name) ? succeeded() : failed(1, `modprobe: FATAL: Module ${name} not found.`);
  writeList(
    root,
    loaded.filter((module) => module.name !== name),
  );
  return succeeded();
}

/** What modprobe.d(5) has in place of it: `install NAME COMMAND`, as hardening writes it. */
function install(name: string, root: string): CommandOutcome | undefined {
  const folder = join(root, "etc/modprobe.d");
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".conf")) : [];
  const lines = files.flatMap((file) =>
    readFileSync(join(folder, file), "utf8").slice(0, MAX_SETTINGS_BYTES).split("\n"),
  );
  const asked = lines.map((line) => line.trim().split(/\s+/));
  const command = asked.find(([word, module]) => word === "install" && module?.replaceAll("-", "_") === name);
  if (!command) return undefined;
  const [, , program = ""] = command;
  if (/^(?:\/usr)?\/bin\/true$/.test(program)) return succeeded();
  if (!/^(?:\/usr)?\/bin\/false$/.test(program)) return notSimulated(`modprobe ${name}`, NOT_SIMULATED);
  return failed(
    1,
    `modprobe: ERROR: Error running install command '${program}' for module ${name}: retcode 1`,
  );
}

function load(name: string, loaded: readonly Module[], root: string): CommandOutcome {
  if (!KNOWN.has(name))
    return failed(1, `modprobe: FATAL: Module ${name} not found in directory /lib/modules/${KERNEL}`);
  writeList(root, [{ name, line: `${name} 65536 0 - Live 0x0000000000000000` }, ...loaded]);
  return succeeded();
}

function readList(root: string): Module[] {
  const file = join(root, LIST);
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  return lines.filter(Boolean).map((line) => ({ name: line.split(" ")[0] ?? "", line }));
}

function writeList(root: string, loaded: readonly Module[]): void {
  writeFileSync(join(root, LIST), loaded.map(({ line }) => `${line}\n`).join(""));
}
