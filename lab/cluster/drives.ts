/** Drives of a guest: `local-lvm:8` asks for a new image, `local-lvm:vm-100-disk-0` names one that is there. */
import { AppError } from "../../agents/base/errors.ts";
import { volumeAtPath } from "./node-storage-files.ts";
import { badParameter } from "./options.ts";
import { copyOfSystem } from "./os-images.ts";
import type { ClusterState, ContentType, Volume } from "./state.ts";
import * as storage from "./storage.ts";
import { madeLog } from "./volume-log.ts";

const GIB = 1024 ** 3;
const FIRMWARE_BYTES = 4 * 1024 ** 2;

/** `now` in milliseconds since the epoch. */
export type Owner = { node: string; vmid: number; now: number };
export type AttachedDrive = { value: string; log: string };
type Wanted = { key: string; file: string; settings: Map<string, string>; content: ContentType };

/** Of a virtual machine, firmware included. */
export function isDrive(key: string): boolean {
  return /^(?:scsi|virtio|sata|ide|efidisk|tpmstate)\d+$/.test(key);
}

/** Of a container. */
export function isMountPoint(key: string): boolean {
  return /^(?:rootfs|mp\d+)$/.test(key);
}

export function isUnused(key: string): boolean {
  return /^unused\d+$/.test(key);
}

/** `file=local:8,size=1,` and `volume=local:8`: the volume, and the settings by name. Empty elements are passed over. */
export function parseDrive(value: string): { file: string; settings: Map<string, string> } {
  const [file = "", ...parts] = value.split(",").filter(Boolean);
  const settings = parts.map((part): [string, string] => {
    const at = part.indexOf("=");
    return at < 0 ? [part, "1"] : [part.slice(0, at), part.slice(at + 1)];
  });
  const named = settings.find(([name]) => name === "file" || name === "volume");
  const isNamed = !file.includes("=") || /^(?:file|volume)=/.test(file);
  const rest = settings.filter((setting) => setting !== named);
  if (!isNamed) rest.push(file.split("=", 2) as [string, string]);
  return {
    file: isNamed ? file.replace(/^(?:file|volume)=/, "") : (named?.[1] ?? ""),
    settings: new Map(rest),
  };
}

export function formatDrive(file: string, settings: ReadonlyMap<string, string>): string {
  const sorted = [...settings].sort(([one], [other]) => (one < other ? -1 : 1));
  return [file, ...sorted.map(([name, value]) => `${name}=${value}`)].join(",");
}

/**
 * What the configuration holds for a requested drive, after allocating its image in the draft. `log` is what the
 * tool prints meanwhile.
 */
export function attachDrive(
  draft: ClusterState,
  owner: Owner,
  drive: { key: string; value: string; content?: ContentType },
): AttachedDrive {
  const { file, settings } = parseDrive(drive.value);
  const { key, content = "images" } = drive;
  if (file === "none" || file === "cdrom" || file.startsWith("/"))
    return { value: formatDrive(file, settings), log: "" };
  const [store, name] = splitVolumeId(key, file);
  const wanted: Wanted = { key, file, settings, content };
  settings.delete("size");
  if (/^\d+(?:\.\d+)?$/.test(name)) return create(draft, owner, { ...wanted, store, gib: Number(name) });
  if (name === "cloudinit") return createCloudInit(draft, owner, { ...wanted, store });
  return attachExisting(draft, owner, { ...wanted, store });
}

/** The images that a configuration refers to, on its node, and under which key. */
export function volumesOf(
  state: ClusterState,
  guest: { node: string; config: Record<string, string> },
): Volume[] {
  return Object.keys(guest.config).flatMap((key) => volumeAt(state, guest, key) ?? []);
}

export function volumeAt(
  state: ClusterState,
  guest: { node: string; config: Record<string, string> },
  key: string,
): Volume | undefined {
  if (!isDrive(key) && !isMountPoint(key) && !isUnused(key)) return undefined;
  const found = storage.findVolume(state, guest.node, parseDrive(guest.config[key] ?? "").file);
  return found && ["images", "rootdir"].includes(found.content) ? found : undefined;
}

function create(
  draft: ClusterState,
  owner: Owner,
  wanted: Wanted & { store: string; gib: number },
): AttachedDrive {
  const { key, store, settings, content } = wanted;
  const place = storage.storageOf(draft, owner.node, store);
  const source = importSource(draft, owner, wanted);
  const format = settings.get("format") ?? "raw";
  settings.delete("format");
  settings.delete("import-from");
  storage.requireFormat(place, format);
  const isFirmware = /^(?:efidisk|tpmstate)/.test(key);
  const volume = storage.allocate(draft, {
    node: owner.node,
    vmid: owner.vmid,
    storage: store,
    content,
    format,
    name: storage.nextDiskName(draft, owner, { storage: place, format }),
    sizeBytes: isFirmware ? FIRMWARE_BYTES : (source?.sizeBytes ?? wanted.gib * GIB),
    createdAt: Math.floor(owner.now / 1000),
    ...(source && copyOfSystem(source)),
  });
  settings.set("size", storage.formatSize(volume.sizeBytes));
  const value = formatDrive(storage.volumeId(volume), settings);
  const made = isMountPoint(key) ? "" : `${key}: successfully created disk '${value}'\n`;
  return { value, log: madeLog(place, volume) + made };
}

/** An image that is copied in: of another guest, or a file that was downloaded. */
function importSource(draft: ClusterState, owner: Owner, { key, settings }: Wanted): Volume | undefined {
  const from = settings.get("import-from");
  if (from === undefined) return undefined;
  const isPath = from.startsWith("/");
  const source = isPath ? volumeAtPath(draft, owner.node, from) : storage.findVolume(draft, owner.node, from);
  if (source) return source;
  throw new AppError("conflict", `${key}: import-from: volume '${from}' does not exist`);
}

function createCloudInit(
  draft: ClusterState,
  owner: Owner,
  wanted: Wanted & { store: string },
): AttachedDrive {
  const place = {
    storage: storage.storageOf(draft, owner.node, wanted.store),
    format: wanted.settings.get("format") ?? "raw",
  };
  wanted.settings.delete("format");
  const volume = storage.allocate(draft, {
    node: owner.node,
    vmid: owner.vmid,
    storage: wanted.store,
    content: "images",
    format: place.format,
    name: storage.placedName(`vm-${owner.vmid}-cloudinit`, owner.vmid, place),
    sizeBytes: FIRMWARE_BYTES,
    createdAt: Math.floor(owner.now / 1000),
  });
  wanted.settings.set("media", "cdrom");
  const value = formatDrive(storage.volumeId(volume), wanted.settings);
  const made = `${wanted.key}: successfully created disk '${value}'\n`;
  return { value, log: madeLog(place.storage, volume) + made };
}

function attachExisting(
  draft: ClusterState,
  owner: Owner,
  wanted: Wanted & { store: string },
): AttachedDrive {
  const { file, settings } = wanted;
  storage.storageOf(draft, owner.node, wanted.store);
  const volume = storage.findVolume(draft, owner.node, file);
  if (!volume) throw new AppError("conflict", `volume '${file}' does not exist`);
  settings.set("size", storage.formatSize(volume.sizeBytes));
  return { value: formatDrive(file, settings), log: "" };
}

function splitVolumeId(key: string, file: string): [string, string] {
  const colon = file.indexOf(":");
  const [store, name] = colon < 0 ? ["", ""] : [file.slice(0, colon), file.slice(colon + 1)];
  if (/^[a-z][\w.-]*$/i.test(store) && name !== "") return [store, name];
  throw badParameter(
    key,
    `invalid format - format error\n${key}.file: invalid format - unable to parse volume ID '${file}'`,
  );
}
