/** How the options of a mount are joined, and which of them the kernel takes as flags: mount(8), mount(2). */

/** Of mount(8) alone: no file system is told of them. */
const OF_MOUNT = /^(?:defaults|remount|auto|noauto|nofail|user|nouser|_netdev|x-.*|)$/;
/** What a mount is without being asked. */
const USUAL = new Set(["suid", "dev", "exec", "diratime"]);

const FLAGS: Readonly<Record<string, number>> = {
  rw: 0,
  ro: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  noatime: 0x400,
  nodiratime: 0x800,
  relatime: 0x20_0000,
  strictatime: 0x100_0000,
};

/** Comma-separated lists, of which the later ones win. */
export function joinOptions(...lists: readonly string[]): string {
  const kept = new Map<string, string>();
  for (const word of lists.flatMap((list) => list.split(",")).filter((each) => !OF_MOUNT.test(each))) {
    if (USUAL.has(word)) kept.delete(word);
    else kept.set(keyOf(word), word);
  }
  return [...kept.values()].join(",");
}

function keyOf(word: string): string {
  if (word === "ro") return "rw";
  if (/^(?:no|rel|strict)atime$/.test(word)) return "atime";
  return word.startsWith("no") ? word.slice(2) : (word.split("=")[0] ?? word);
}

/** The kernel's flags, and what is left for the file system itself. */
export function kernelOptions(options: string): { flags: number; data: string } {
  const words = options.split(",");
  const isFlag = (word: string) => Object.hasOwn(FLAGS, word);
  return {
    flags: words.filter(isFlag).reduce((sum, word) => sum | (FLAGS[word] ?? 0), 0),
    data: words.filter((word) => !isFlag(word)).join(","),
  };
}
