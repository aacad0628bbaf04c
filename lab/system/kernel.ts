/** The kernel that a node says it runs: uname, /proc/version, /proc/sys/kernel, and what Python's own call tells. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KERNEL } from "../cluster/commands/pveversion.ts";
import { type CommandOutcome, failed, succeeded } from "../cluster/outcome.ts";
import type { Asked } from "./stand-in.ts";

const VERSION = `#1 SMP PREEMPT_DYNAMIC PMX ${KERNEL.replace("-pve", "")} (2025-10-21T11:55Z)`;

const BUILT_BY = "(build@proxmox) (gcc (Debian 14.2.0-19) 14.2.0, GNU ld (GNU Binutils for Debian) 2.44)";

/** By their paths below /proc. */
export const KERNEL_FILES: Readonly<Record<string, string>> = {
  version: `Linux version ${KERNEL} ${BUILT_BY} ${VERSION}\n`,
  cmdline: `BOOT_IMAGE=/boot/vmlinuz-${KERNEL} root=/dev/mapper/pve-root ro quiet\n`,
};

/** The same of another release. */
export function kernelFiles(release = KERNEL): Record<string, string> {
  return Object.fromEntries(
    Object.entries(KERNEL_FILES).map(([name, text]) => [name, ofKernel(text, release)]),
  );
}

/** What is told of a node's kernel, told of another one: that of a virtual machine has its disk, too. */
export function ofKernel(text: string, release: string): string {
  if (release === KERNEL) return text;
  return text
    .replaceAll(KERNEL, release)
    .replaceAll(`PMX ${KERNEL.replace("-pve", "")}`, `Debian ${release}`)
    .replaceAll("build@proxmox", "debian-kernel@lists.debian.org")
    .replaceAll("/dev/mapper/pve-root", "/dev/sda1");
}

/** By their paths below /proc/sys. */
export const KERNEL_NAMES: Readonly<Record<string, string>> = {
  "kernel/osrelease": KERNEL,
  "kernel/ostype": "Linux",
  "kernel/version": VERSION,
};

const PARTS: Readonly<Record<string, string>> = {
  s: "kernel-name",
  n: "nodename",
  r: "kernel-release",
  v: "kernel-version",
  m: "machine",
  p: "processor",
  i: "hardware-platform",
  o: "operating-system",
};

export function uname({ program, words, root }: Asked): CommandOutcome {
  if (program === "arch") return succeeded("x86_64\n");
  const asked = new Set<string>();
  for (const word of words) {
    const letters = word.startsWith("--") ? letterOf(word.slice(2)) : word.replace(/^-/, "");
    if (letters === undefined || /[^asnrvmpio]/.test(letters))
      return failed(1, `uname: unrecognized option '${word}'\nTry 'uname --help' for more information.`);
    for (const letter of letters) for (const each of letter === "a" ? "snrvmo" : letter) asked.add(each);
  }
  if (asked.size === 0) asked.add("s");
  const name = readFileSync(join(root, "../kernel/kernel/hostname"), "utf8").trim();
  const values: Readonly<Record<string, string>> = {
    ...{ s: "Linux", n: name, r: KERNEL, v: VERSION, m: "x86_64" },
    ...{ p: "unknown", i: "unknown", o: "GNU/Linux" },
  };
  return succeeded(
    `${[..."snrvmpio"].flatMap((letter) => (asked.has(letter) ? [values[letter]] : [])).join(" ")}\n`,
  );
}

function letterOf(name: string): string | undefined {
  if (name === "all") return "a";
  return Object.keys(PARTS).find((letter) => PARTS[letter] === name);
}

/** Of every Python of the system: what its calls of the kernel would tell of this machine. */
export const PYTHON_CUSTOMIZATION = `import builtins
import os


def _of_the_node():
    def read(path):
        with open(path) as file:
            return file.read().strip()

    uname, affinity = os.uname, os.sched_getaffinity

    def own_uname():
        own = uname()
        try:
            release, version = (read("/proc/sys/kernel/" + name) for name in ("osrelease", "version"))
        except OSError:
            return own
        return os.uname_result((own.sysname, own.nodename, release, version, "x86_64"))

    def own_count():
        try:
            return read("/proc/cpuinfo").count("processor\\t:") or None
        except OSError:
            return None

    opened = builtins.open

    def own_open(file, *args, **kwargs):
        return opened("/run/.proc/modules" if file == "/proc/modules" else file, *args, **kwargs)

    if not os.path.exists("/proc/modules"):
        builtins.open = own_open
    os.uname, os.cpu_count = own_uname, own_count
    os.sched_getaffinity = lambda pid: set(range(own_count() or 1))


_of_the_node()
`;
