/** What /proc of a machine tells of its kernel, processors and memory: files of its own, laid over the kernel's. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { NodeHardware } from "../cluster/node-facts.ts";
import { kernelFiles, PYTHON_CUSTOMIZATION } from "../system/kernel.ts";
import { meminfo, swapKib } from "../system/memory.ts";
import { cpuinfo, procStat } from "../system/processors.ts";

export const PROC_FILES =
  "cmdline cpuinfo diskstats loadavg meminfo modules partitions stat swaps version".split(" ");

/** Into `directory`; `bootedAt` in milliseconds since 1970, `kernel` by its release: a node's where left out. */
export function writeProcFiles(
  directory: string,
  hardware: NodeHardware,
  { bootedAt, kernel }: { bootedAt: number; kernel?: string },
): void {
  mkdirSync(directory, { recursive: true });
  const swap = `/dev/dm-0                               partition\t${swapKib(hardware.memoryBytes)}\t\t0\t\t-2\n`;
  const files: Readonly<Record<string, string>> = {
    ...kernelFiles(kernel),
    cpuinfo: cpuinfo(hardware),
    diskstats:
      "   8       0 sda 48211 6120 3811234 21011 60233 41021 4411200 90122 0 61200 111133 0 0 0 0 0 0\n",
    loadavg: "0.08 0.12 0.10 1/312 2911\n",
    modules: ["zfs 6311936 6 -", "kvm_intel 413696 0 -", "kvm 1404928 1 kvm_intel,"]
      .map((line) => `${line} Live 0x0000000000000000\n`)
      .join(""),
    partitions: "major minor  #blocks  name\n\n   8        0  117220824 sda\n",
    stat: procStat(hardware, bootedAt),
    swaps: `Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n${swap}`,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  writeMemory(directory, hardware);
}

/** Again whenever guests have started or ended. */
export function writeMemory(directory: string, hardware: NodeHardware): void {
  writeFileSync(join(directory, "meminfo"), meminfo(hardware));
}

/** Into `root`, the machine's `/`: every Python of this machine reads it there. */
export function customizePython(root: string): void {
  for (const name of readdirSync("/usr/lib").filter((entry) => /^python3\.\d+$/.test(entry))) {
    const file = join(root, "etc", name, "sitecustomize.py");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, PYTHON_CUSTOMIZATION);
  }
}
