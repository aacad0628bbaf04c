/**
 * What a node has in /proc/sys: files of its own, taken from this machine once. Its root writes them with sysctl, and
 * reads them back; the kernel, which is this machine's, hears nothing of it.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { KERNEL } from "../cluster/commands/pveversion.ts";
import { KERNEL_NAMES, ofKernel } from "../system/kernel.ts";

const SOURCE = "/proc/sys";
/** Own files of other file systems, and what only a kernel that is asked can say. */
const LEFT_OUT = new Set(["/fs/binfmt_misc", "/net/ipv4/route/flush", "/net/ipv6/route/flush"]);
/** Folders with one folder for each interface, of which a node has its own. */
const BY_INTERFACE = /^\/net\/ipv[46]\/(?:conf|neigh)$/;
const INTERFACES = new Set(["all", "default", "lo"]);
const OWNED_BY_NOBODY = 65_534;

/** As Debian's kernel has them, where this machine does not show its own: they need a module, or root. */
const DEFAULTS: Readonly<Record<string, string>> = {
  "fs/protected_fifos": "1",
  "fs/protected_hardlinks": "1",
  "fs/protected_regular": "2",
  "fs/protected_symlinks": "1",
  "fs/suid_dumpable": "0",
  "kernel/dmesg_restrict": "1",
  "kernel/kexec_load_disabled": "0",
  "kernel/kptr_restrict": "0",
  "kernel/perf_event_paranoid": "3",
  "kernel/sysrq": "438",
  "kernel/unprivileged_bpf_disabled": "2",
  "kernel/unprivileged_userns_clone": "1",
  "kernel/yama/ptrace_scope": "0",
  "net/core/bpf_jit_harden": "0",
  "net/ipv4/ip_forward": "0",
  "net/ipv4/tcp_syncookies": "1",
  "vm/mmap_rnd_bits": "28",
  "vm/mmap_rnd_compat_bits": "8",
};

/** Once; afterwards they are the machine's own. `release` of its kernel, a node's where left out. */
export function makeKernelSettings(directory: string, name: string, release = KERNEL): void {
  if (existsSync(directory)) return;
  for (const path of filesBelow(""))
    put(join(directory, path), shownValue(path), statSync(SOURCE + path).mode);
  const own = { "kernel/hostname": name, "kernel/domainname": "(none)", ...namesOf(release) };
  for (const [path, value] of Object.entries({ ...DEFAULTS, ...own })) {
    const file = join(directory, path);
    if (path in own || !existsSync(file) || readFileSync(file, "utf8") === "") put(file, `${value}\n`, 0o644);
  }
  if (process.getuid?.() === 0) closeFolders(directory);
}

function namesOf(release: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(KERNEL_NAMES).map(([path, text]) => [path, ofKernel(text, release)]),
  );
}

function filesBelow(folder: string): string[] {
  if (LEFT_OUT.has(folder)) return [];
  const entries = readdirSync(SOURCE + folder, { withFileTypes: true });
  const shown = entries.filter(({ name }) => !BY_INTERFACE.test(folder) || INTERFACES.has(name));
  return shown.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(path) : LEFT_OUT.has(path) ? [] : [path];
  });
}

/** Empty where this machine does not let it be read. */
function shownValue(path: string): string {
  try {
    return readFileSync(SOURCE + path, "utf8");
  } catch {
    return ""; // another user's, or for writing only
  }
}

function put(file: string, value: string, mode: number): void {
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file)) chmodSync(file, 0o600);
  writeFileSync(file, value);
  chmodSync(file, mode & 0o777);
}

/** For the node's root they belong to a user that is not there: as in a kernel, nothing is added to them. */
function closeFolders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) closeFolders(join(folder, entry.name));
    else if ((statSync(join(folder, entry.name)).mode & 0o222) === 0)
      chownSync(join(folder, entry.name), OWNED_BY_NOBODY, OWNED_BY_NOBODY);
  }
  chownSync(folder, OWNED_BY_NOBODY, OWNED_BY_NOBODY);
}
