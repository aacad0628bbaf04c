/** Figures from samples, and what /proc tells about a process. Knows nothing of what is measured. */
import { readFileSync } from "node:fs";

/** `share` 0.5 is the median, 0.99 the 99th percentile (nearest rank). NaN without samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = Math.ceil(share * sorted.length) - 1;
  return sorted[Math.max(0, rank)] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/** To three digits, or to a whole number: more a figure of a shared machine is not worth. */
export function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

/** Resident memory in MB (10^6 bytes): all of it, and with shared pages divided among those who share them. */
export type Memory = { rssMb: number; pssMb: number };

export function memoryOf(pid: number): Memory {
  const lines = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8").split("\n");
  const megabytes = (name: string) =>
    (Number.parseInt(lines.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1) ?? "", 10) *
      1_024) /
    1e6;
  return { rssMb: megabytes("Rss"), pssMb: megabytes("Pss") };
}
