/** `lsblk` of a node; columns and options as of util-linux 2.41. */
import { named } from "../cluster/named.ts";
import { type CommandOutcome, failed, NOT_SIMULATED, notSimulated, succeeded } from "../cluster/outcome.ts";
import { type Device, disk } from "./disks.ts";
import { applyOption, type Options } from "./lsblk-options.ts";
import { type Asked, table } from "./stand-in.ts";

const COLUMNS: Readonly<Record<string, (device: Device, options: Options) => string>> = {
  NAME: (device, { paths }) => (paths ? device.path : device.name),
  KNAME: (device, { paths }) => (paths ? device.path : device.name),
  PATH: (device) => device.path,
  "MAJ:MIN": (device) => device.major,
  RM: () => "0",
  SIZE: (device, { bytes }) => (bytes ? String(device.sizeBytes) : shortSize(device.sizeBytes)),
  RO: (device) => (device.isReadOnly ? "1" : "0"),
  TYPE: (device) => device.type,
  MOUNTPOINT: (device) => device.mountpoint,
  MOUNTPOINTS: (device) => device.mountpoint,
  FSTYPE: (device) => device.fstype,
  FSVER: (device) =>
    ({ ext4: "1.0", vfat: "FAT32", swap: "1", LVM2_member: "LVM2 001" })[device.fstype] ?? "",
  LABEL: () => "",
  UUID: (device) => device.uuid,
  FSAVAIL: () => "",
  "FSUSE%": () => "",
  MODEL: (device) => (device.type === "disk" ? "Samsung SSD 870 EVO" : ""),
  SERIAL: (device) => (device.type === "disk" ? "S5Y1NJ0R512345" : ""),
  TRAN: (device) => (device.type === "disk" ? "sata" : ""),
  ROTA: () => "0",
  PKNAME: () => "",
  VENDOR: (device) => (device.type === "disk" ? "ATA" : ""),
  STATE: (device) => (device.type === "part" ? "" : "running"),
};
const RIGHT = ["MAJ:MIN", "RM", "SIZE", "RO", "FSAVAIL", "FSUSE%"];
const DEFAULT = ["NAME", "MAJ:MIN", "RM", "SIZE", "RO", "TYPE", "MOUNTPOINTS"];

export function lsblk({ words, hardware }: Asked): CommandOutcome {
  const options: Options = {
    columns: DEFAULT,
    bytes: false,
    list: false,
    noHeader: false,
    paths: false,
    top: false,
    json: false,
  };
  const wanted: string[] = [];
  const rest = words.flatMap((word) =>
    /^-[a-zA-Z]{2,}$/.test(word) && !word.startsWith("-o") ? [...word.slice(1)].map((c) => `-${c}`) : [word],
  );
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const problem = applyOption(options, word, rest);
    if (problem === "device") wanted.push(word);
    else if (problem) return notSimulated(`lsblk ${word}`, NOT_SIMULATED);
  }
  const unknown = options.columns.find((name) => !Object.hasOwn(COLUMNS, name));
  if (unknown !== undefined) return failed(1, `lsblk: unknown column: ${unknown}`);
  const whole = disk(hardware);
  const roots = wanted.length === 0 ? [whole] : wanted.map((path) => find(whole, path));
  const missing = wanted.find((_, at) => roots[at] === undefined);
  if (missing !== undefined) return failed(32, `lsblk: ${missing}: not a block device`);
  const found = roots.flatMap((root) => root ?? []);
  return succeeded(options.json ? asJson(found, options) : asTable(found, options));
}

function asTable(roots: readonly Device[], options: Options): string {
  const seen = new Set<string>();
  const rows: string[][] = options.noHeader ? [] : [[...options.columns]];
  const add = (device: Device, lead: string, branch: string) => {
    if (options.list && seen.has(device.name)) return;
    seen.add(device.name);
    const cells = options.columns.map((name) => named(COLUMNS, name)?.(device, options) ?? "");
    rows.push(
      options.columns.map((name, at) => (name === "NAME" && !options.list ? lead + branch : "") + cells[at]),
    );
    if (options.top) return;
    const below = branch === "" ? lead : lead + (branch === "├─" ? "│ " : "  ");
    device.children.forEach((child, at) => {
      add(child, below, at < device.children.length - 1 ? "├─" : "└─");
    });
  };
  for (const root of roots) add(root, "", "");
  const right = options.columns.flatMap((name, at) => (RIGHT.includes(name) ? [at] : []));
  return table(rows, right);
}

function asJson(roots: readonly Device[], options: Options): string {
  const entry = (device: Device): Record<string, unknown> => {
    const fields = options.columns.map((name) => [name.toLowerCase(), jsonValue(name, device, options)]);
    const children = options.top ? [] : device.children.map(entry);
    return { ...Object.fromEntries(fields), ...(children.length > 0 ? { children } : {}) };
  };
  return `${JSON.stringify({ blockdevices: roots.map(entry) }, null, 3)}\n`;
}

function jsonValue(name: string, device: Device, options: Options): unknown {
  const text = named(COLUMNS, name)?.(device, options) ?? "";
  if (name === "MOUNTPOINTS") return [text || null];
  if (name === "SIZE" && options.bytes) return device.sizeBytes;
  return ["RM", "RO", "ROTA"].includes(name) ? text === "1" : text || null;
}

function find(device: Device, path: string): Device | undefined {
  if (device.path === path || `/dev/${device.name}` === path) return device;
  return device.children.reduce<Device | undefined>((found, child) => found ?? find(child, path), undefined);
}

/** To the nearest tenth: `1G`, `37.8G`. */
export function shortSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1024)), 4);
  return `${(bytes / 1024 ** power).toFixed(1).replace(/\.0$/, "")}${"BKMGT"[power]}`;
}
