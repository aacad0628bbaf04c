/** `vgdisplay`, `lvdisplay` and `pvdisplay` of a node: what people read of its volume group; words as of LVM 2.03. */
import { createHash } from "node:crypto";
import type { NodeHardware } from "../cluster/node-facts.ts";
import { type CommandOutcome, failed, NOT_SIMULATED, notSimulated, succeeded } from "../cluster/outcome.ts";
import { type Device, disk, groupSize, type LogicalVolume, logicalVolumes, PV_UUID } from "./disks.ts";
import { lvmReport } from "./lvm.ts";
import type { Asked } from "./stand-in.ts";

type Display = {
  /** What `-C` shows instead. */
  report: string;
  entries(asked: Asked): { names: string[]; text: string }[];
  missing(name: string): string;
};

const EXTENT = 4 * 1024 ** 2;

const DISPLAYS: Readonly<Record<string, Display>> = {
  vgdisplay: {
    report: "vgs",
    entries: ({ hardware }) => [{ names: ["pve", "/dev/pve"], text: group(hardware) }],
    missing: (name) => `  Volume group "${name}" not found\n  Cannot process volume group ${name}`,
  },
  pvdisplay: {
    report: "pvs",
    entries: ({ hardware }) => [{ names: ["/dev/sda3"], text: physical(hardware) }],
    missing: (name) => `  Failed to find physical volume "${name}".`,
  },
  lvdisplay: {
    report: "lvs",
    entries: ({ hardware }) =>
      logicalVolumes(hardware).map((volume) => ({
        names: ["pve", "/dev/pve", `pve/${volume.name}`, `/dev/pve/${volume.name}`],
        text: logical(volume, hardware),
      })),
    missing: missingVolume,
  },
};

export function lvmDisplay(asked: Asked): CommandOutcome {
  const display = DISPLAYS[asked.program];
  const names = asked.words.filter((word) => !word.startsWith("-"));
  const options = asked.words.filter((word) => word.startsWith("-"));
  if (!display) return notSimulated([asked.program, ...asked.words].join(" "), NOT_SIMULATED);
  if (options.includes("-C") || options.includes("--columns")) {
    const words = asked.words.filter((word) => word !== "-C" && word !== "--columns");
    return lvmReport({ ...asked, program: display.report, words });
  }
  const other = options.find((word) => !["-v", "--verbose", "-a", "--all", "--units=r"].includes(word));
  if (other !== undefined) return notSimulated(`${asked.program} ${other}`, NOT_SIMULATED);
  const all = display.entries(asked);
  const missing = names.find((name) => !all.some((entry) => entry.names.includes(name)));
  if (missing !== undefined) return failed(5, display.missing(missing));
  const shown = all.filter((entry) => names.length === 0 || names.some((name) => entry.names.includes(name)));
  return succeeded(shown.map(({ text }) => text).join(""));
}

function missingVolume(name: string): string {
  const [group = "", volume] = name.replace(/^\/dev\//, "").split("/");
  return group === "pve" && volume !== undefined
    ? `  Failed to find logical volume "${group}/${volume}"`
    : `  Volume group "${group}" not found\n  Cannot process volume group ${group}`;
}

function group(hardware: NodeHardware): string {
  const { totalBytes, freeBytes, volumes } = groupSize(hardware);
  return block("Volume group", 22, [
    ...[
      ["VG Name", "pve"],
      ["System ID", ""],
      ["Format", "lvm2"],
      ["Metadata Areas", "1"],
    ],
    ...[
      ["Metadata Sequence No", String(7 + 2 * hardware.volumes.length)],
      ["VG Access", "read/write"],
    ],
    ...[
      ["VG Status", "resizable"],
      ["MAX LV", "0"],
      ["Cur LV", String(volumes)],
      ["Open LV", "2"],
    ],
    ...[
      ["Max PV", "0"],
      ["Cur PV", "1"],
      ["Act PV", "1"],
      ["VG Size", size(totalBytes)],
    ],
    ...[
      ["PE Size", size(EXTENT)],
      ["Total PE", String(totalBytes / EXTENT)],
    ],
    ["Alloc PE / Size", `${(totalBytes - freeBytes) / EXTENT} / ${size(totalBytes - freeBytes)}`],
    ["Free  PE / Size", `${freeBytes / EXTENT} / ${size(freeBytes)}`],
    ["VG UUID", uuid("vg", hardware)],
  ]);
}

function physical(hardware: NodeHardware): string {
  const { totalBytes, freeBytes } = groupSize(hardware);
  return block("Physical volume", 22, [
    ...[
      ["PV Name", "/dev/sda3"],
      ["VG Name", "pve"],
    ],
    ["PV Size", `${size(totalBytes + EXTENT)} / not usable ${size(EXTENT)}`],
    ...[
      ["Allocatable", "yes "],
      ["PE Size", size(EXTENT)],
      ["Total PE", String(totalBytes / EXTENT)],
    ],
    ["Free PE", String(freeBytes / EXTENT)],
    ["Allocated PE", String((totalBytes - freeBytes) / EXTENT)],
    ["PV UUID", PV_UUID],
  ]);
}

function logical(volume: LogicalVolume, hardware: NodeHardware): string {
  const { name, sizeBytes, pool, dataPercent } = volume;
  const isPool = name === "data";
  const installed = ["root", "swap", "data"].includes(name);
  return block("Logical volume", 23, [
    ...(isPool ? [] : [["LV Path", `/dev/pve/${name}`]]),
    ...[
      ["LV Name", name],
      ["VG Name", "pve"],
      ["LV UUID", uuid(name, hardware)],
    ],
    ["LV Write Access", isPool ? "read/write (activated read only)" : "read/write"],
    ["LV Creation host, time", `${installed ? "proxmox" : hardware.name}, 2025-11-20 09:12:41 +0000`],
    ...(pool === "" ? [] : [["LV Pool name", pool]]),
    ...(isPool
      ? [
          ["LV Pool metadata", "data_tmeta"],
          ["LV Pool data", "data_tdata"],
        ]
      : []),
    ...[
      ["LV Status", "available"],
      ["# open", isOpen(name) ? "1" : "0"],
      ["LV Size", size(sizeBytes)],
    ],
    ...(isPool
      ? [
          ["Allocated pool data", `${dataPercent}%`],
          ["Allocated metadata", "1.64%"],
        ]
      : []),
    ...(pool === "" ? [] : [["Mapped size", `${dataPercent}%`]]),
    ...[
      ["Current LE", String(sizeBytes / EXTENT)],
      ["Segments", "1"],
      ["Allocation", "inherit"],
    ],
    ...[
      ["Read ahead sectors", "auto"],
      ["- currently set to", "256"],
    ],
    ["Block device", deviceNumber(disk(hardware), `pve-${name.replaceAll("-", "--")}`)],
  ]);
}

function isOpen(name: string): boolean {
  return name === "root" || name === "swap";
}

function block(title: string, width: number, rows: readonly string[][]): string {
  const lines = rows.map(([label = "", value = ""]) => `  ${label.padEnd(width)}${value}\n`);
  return `  --- ${title} ---\n${lines.join("")}   \n`;
}

/** `<15.99 GiB`: what is rounded up is marked. */
function size(bytes: number): string {
  const power = Math.min(Math.floor(Math.log(bytes) / Math.log(1024)), 4);
  const rounded = (bytes / 1024 ** power).toFixed(2);
  return `${Number(rounded) * 1024 ** power > bytes ? "<" : ""}${rounded} ${["B", "KiB", "MiB", "GiB", "TiB"][power]}`;
}

/** Of this node, always the same. */
function uuid(name: string, { machineId }: NodeHardware): string {
  const letters = createHash("sha256").update(`${machineId} ${name}`).digest("base64").replace(/[+/=]/g, "x");
  return [6, 4, 4, 4, 4, 4, 6].reduce(
    ({ text, at }, length) => ({
      text: `${text}${text && "-"}${letters.slice(at, at + length)}`,
      at: at + length,
    }),
    { text: "", at: 0 },
  ).text;
}

function deviceNumber(device: Device, name: string): string {
  if (device.name === name) return device.major;
  return device.children.reduce((found, child) => found || deviceNumber(child, name), "");
}
