/** Copies of a guest: linked ones share the base image of a template, full ones get images of their own. */
import { AppError } from "../../agents/base/errors.ts";
import { isMountPoint, isUnused, volumeAt } from "./drives.ts";
import { checkConfig, completeConfig, withMacAddress } from "./guest-config.ts";
import { type GuestRef, requireFreeVmid } from "./guests.ts";
import { badParameter } from "./options.ts";
import { copyOfSystem } from "./os-images.ts";
import type { ClusterState, Guest, GuestKind, Snapshot, Volume } from "./state.ts";
import * as storage from "./storage.ts";
import { copiedLog, madeLog } from "./volume-log.ts";

export type CloneOptions = {
  /** Of the copy: `name` of a virtual machine, `hostname` of a container. */
  name?: string;
  full?: boolean;
  storage?: string;
  /** Another node, for a guest whose images are on shared storage. */
  target?: string;
  format?: string;
  description?: string;
  /** Copies the guest as it was then. */
  snapshot?: string;
  owner?: string;
  kind?: GuestKind;
  now: number;
};

/** What is refused before anything is copied. */
export function checkClone(
  draft: ClusterState,
  original: Guest,
  to: { vmid: number; options: CloneOptions },
): void {
  const { options } = to;
  const full = options.full ?? !original.template;
  if (!full && !original.template)
    throw new AppError("conflict", "linked clone feature is only supported for templates");
  if (!full && options.storage)
    throw badParameter("storage", "parameter 'storage' not allowed for linked clones");
  if (!full && options.format)
    throw badParameter("format", "parameter 'format' not allowed for linked clones");
  checkConfig(options.name ? { name: options.name } : {});
  requireFreeVmid(draft, to.vmid);
  if (options.storage) storage.storageOf(draft, options.target ?? original.node, options.storage);
  if (options.target && options.target !== original.node) requireShared(draft, original, options.target);
}

/** Copies images and configuration into a guest that was made for them. */
export function fillClone(
  draft: ClusterState,
  { original, guest }: { original: Guest; guest: Guest },
  options: CloneOptions,
): string {
  const snapshot = original.snapshots.find(({ name }) => name === options.snapshot);
  if (options.snapshot && !snapshot)
    throw new AppError("conflict", `snapshot '${options.snapshot}' does not exist`);
  const from = { ...original, config: snapshot?.config ?? original.config };
  const { config, log } = copyConfig(draft, from, {
    ...options,
    vmid: guest.vmid,
    systems: snapshot?.systems,
    full: options.full ?? !original.template,
  });
  const isVm = original.kind === "qemu";
  const nameKey = isVm ? "name" : "hostname";
  const before = original.config[nameKey] ?? String(original.vmid);
  config[nameKey] = options.name ?? (isVm ? `Copy-of-VM-${before}` : `Copy-of-CT-${before}`);
  if (options.description !== undefined) config["description"] = options.description;
  delete config["lock"];
  guest.config = isVm ? { ...config, ...identity(guest, options.now) } : config;
  return log;
}

function identity(guest: GuestRef, now: number): Record<string, string> {
  const { smbios1 = "", vmgenid = "" } = completeConfig({}, guest, now);
  return { smbios1, vmgenid };
}

function requireShared(draft: ClusterState, original: Guest, target: string): void {
  storage.nodeOf(draft, target);
  for (const key of Object.keys(original.config)) {
    const volume = volumeAt(draft, original, key);
    if (!volume || isUnused(key)) continue;
    const place = storage.storageOf(draft, original.node, volume.storage);
    if (place.options["shared"] !== 1)
      throw new AppError("conflict", `can't clone VM to node '${target}' (VM uses local storage)`);
  }
}

type Copy = CloneOptions & { vmid: number; full: boolean; systems: Snapshot["systems"] };

function copyConfig(
  draft: ClusterState,
  original: Guest,
  copy: Copy,
): { config: Record<string, string>; log: string } {
  const config: Record<string, string> = {};
  let log = "";
  for (const [key, value] of Object.entries(original.config)) {
    if (isUnused(key)) continue;
    config[key] = copyValue(original, key, { value, copy });
    const volume = volumeAt(draft, original, key);
    if (!volume) continue;
    const made = copyVolume(draft, volume, { ...copy, isMountPoint: isMountPoint(key) });
    config[key] = value.replace(storage.volumeId(volume), storage.volumeId(made));
    log += cloneLog(draft, key, { from: volume, to: made, full: copy.full });
  }
  return { config, log };
}

function copyValue(original: Guest, key: string, { value, copy }: { value: string; copy: Copy }): string {
  if (!/^net\d+$/.test(key)) return value;
  if (original.kind === "lxc")
    return value.replace(/hwaddr=[0-9A-F:]{17}/i, `hwaddr=${macOf(copy.vmid, key)}`);
  return withMacAddress(copy.vmid, key, value.replace(/=[0-9A-F:]{17}/i, "="));
}

function macOf(vmid: number, key: string): string {
  return withMacAddress(vmid, key, "virtio").replace("virtio=", "");
}

function copyVolume(draft: ClusterState, volume: Volume, copy: Copy & { isMountPoint: boolean }): Volume {
  const node = copy.target ?? volume.node;
  const place = storage.storageOf(draft, node, copy.storage ?? volume.storage);
  const isSame = place.name === volume.storage || storage.isFileBased(place);
  const format = copy.format ?? (isSame ? volume.format : "raw");
  const where = { storage: place, format };
  const name = storage.bareName(volume.name).endsWith("cloudinit")
    ? storage.placedName(`vm-${copy.vmid}-cloudinit`, copy.vmid, where)
    : storage.nextDiskName(draft, { node, vmid: copy.vmid }, where);
  const createdAt = Math.floor(copy.now / 1000);
  return storage.allocate(draft, {
    ...volume,
    ...copyOfSystem({ system: copy.systems?.[storage.volumeId(volume)] ?? volume.system }),
    node,
    name,
    format,
    createdAt,
    vmid: copy.vmid,
    storage: place.name,
  });
}

function cloneLog(
  draft: ClusterState,
  key: string,
  { from, to, full }: { from: Volume; to: Volume; full: boolean },
): string {
  const what = isMountPoint(key) ? "mountpoint" : "drive";
  const made = madeLog(storage.storageOf(draft, to.node, to.storage), to);
  const head = `create ${full ? "full" : "linked"} clone of ${what} ${key} (${storage.volumeId(from)})\n${made}`;
  return full && !isMountPoint(key) ? head + copiedLog(to.sizeBytes) : head;
}
