/** A node's memory as /proc/meminfo has it; `free`, `top` and others read it there. */
import type { NodeHardware } from "../cluster/node-facts.ts";

const KIB = 1024;

export function meminfo({ memoryBytes, usedMemoryBytes }: NodeHardware): string {
  const total = Math.floor(memoryBytes / KIB);
  const available = Math.max(total - Math.floor(usedMemoryBytes / KIB), 0);
  const cached = Math.floor(available * 0.4);
  const buffers = Math.floor(available * 0.02);
  const swap = swapKib(memoryBytes);
  const rows: [string, number][] = [
    ["MemTotal", total],
    ["MemFree", available - cached - buffers],
    ["MemAvailable", available],
    ["Buffers", buffers],
    ["Cached", cached],
    ["SwapCached", 0],
    ["Active", Math.floor(total * 0.4)],
    ["Inactive", Math.floor(total * 0.2)],
    ["Unevictable", 29_240],
    ["Mlocked", 26_168],
    ["SwapTotal", swap],
    ["SwapFree", swap],
    ["Dirty", 128],
    ["Writeback", 0],
    ["AnonPages", Math.floor(total * 0.25)],
    ["Mapped", 184_320],
    ["Shmem", 46_848],
    ["KReclaimable", 61_440],
    ["Slab", 142_336],
    ["SReclaimable", 61_440],
    ["SUnreclaim", 80_896],
    ["KernelStack", 5_216],
    ["PageTables", 12_164],
    ["CommitLimit", swap + Math.floor(total / 2)],
    ["Committed_AS", Math.floor(total * 0.5)],
    ["VmallocTotal", 34_359_738_367],
    ["VmallocUsed", 40_960],
    ["VmallocChunk", 0],
    ["AnonHugePages", 0],
  ];
  const pages =
    "HugePages_Total:       0\nHugePages_Free:        0\nHugePages_Rsvd:        0\nHugePages_Surp:        0\n";
  const line = ([key, value]: [string, number]) => `${`${key}:`.padEnd(16)}${String(value).padStart(8)} kB\n`;
  return `${rows.map(line).join("")}${pages}Hugepagesize:       2048 kB\n`;
}

/** As the installer makes it: as much as there is memory, 8 GiB at most. */
export function swapKib(memoryBytes: number): number {
  return Math.min(Math.floor(memoryBytes / KIB), 8 * KIB * KIB);
}
