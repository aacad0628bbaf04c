/** `pveperf` of a node: its words are pve-manager's (bin/pveperf), its figures those of the node's hardware. */
import { type CommandOutcome, failed, succeeded } from "../cluster/outcome.ts";
import { mountsOf } from "./mounts.ts";
import { bogomips } from "./processors.ts";
import type { Asked } from "./stand-in.ts";

/** Of the SATA disk that smartctl tells of. */
const DISK = { reads: 512.4, seekMs: 0.11, fsyncs: 1_184.6 };
/** Of one core, for a billion of its bogomips. */
const REGEX_SHARE = 520;
/** The lab's network has no name server that answers for the world: each name waits until it is given up. */
const UNANSWERED_MS = 10_000;

/** Nothing is measured: it would be this machine. */
export function pveperf(asked: Asked): CommandOutcome {
  const [path = "/", ...more] = asked.words;
  if (more.length > 0) return failed(255, "usage: /usr/bin/pveperf [PATH]");
  const over = mountsOf(asked).filter(({ target, totalBytes }) => {
    return totalBytes > 0 && `${path}/`.startsWith(target === "/" ? "/" : `${target}/`);
  });
  const [place] = over.sort((a, b) => b.target.length - a.target.length);
  const each = bogomips(asked.hardware);
  const rows = [
    ["CPU BOGOMIPS:", (each * asked.hardware.cpus).toFixed(2)],
    ["REGEX/SECOND:", String(Math.round(each * REGEX_SHARE))],
    ...(place ? [["HD SIZE:", `${(place.totalBytes / 1024 ** 3).toFixed(2)} GB (${place.source})`]] : []),
    ...(place?.source.startsWith("/dev/mapper/") || place?.source.startsWith("/dev/sda") ? diskRows() : []),
    ["FSYNCS/SECOND:", DISK.fsyncs.toFixed(2)],
    ["DNS EXT:", `${UNANSWERED_MS.toFixed(2)} ms`],
  ];
  return succeeded(rows.map(([label = "", value]) => `${label.padEnd(19)}${value}\n`).join(""));
}

function diskRows(): string[][] {
  return [
    ["BUFFERED READS:", `${DISK.reads.toFixed(2)} MB/sec`],
    ["AVERAGE SEEK TIME:", `${DISK.seekMs.toFixed(2)} ms`],
  ];
}
