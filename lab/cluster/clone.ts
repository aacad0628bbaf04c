/** Copies of a guest: linked ones share the base image of a template, full ones get images of their own. */
import { AppError } from "../../agents/base/errors.ts";
import { isDrive, volumesOf } from "./drives.ts";
import { checkConfig, completeConfig, withMacAddress } from "./guest-config.ts";
import { type Change, type GuestRef, guestOf, requireFreeVmid } from "./guests.ts";
import type { ClusterState, Guest, Volume } from "./state.ts";
import { allocate, formatSize, nextDiskName, volumeId } from "./storage.ts";

export type CloneOptions = { name?: string; full?: boolean; storage?: string; now: number };

export function cloneGuest(
  draft: ClusterState,
  source: GuestRef,
  to: { vmid: number; options: CloneOptions },
): Change {
  const original = guestOf(draft, source);
  const full = to.options.full ?? !original.template;
  if (!full && !original.template)
    throw new AppError("conflict", "linked clone feature is only supported for templates");
  if (!full && to.options.storage)
    throw new AppError(
      "bad_arguments",
      "400 Parameter verification failed.\nstorage: can't use storage parameter for linked clones",
    );
  checkConfig(to.options.name ? { name: to.options.name } : {});
  requireFreeVmid(draft, to.vmid);
  const { config, log } = copyConfig(draft, original, { vmid: to.vmid, storage: to.options.storage, full });
  config["name"] = to.options.name ?? `Copy-of-VM-${original.config["name"] ?? source.vmid}`;
  const ref = { node: source.node, vmid: to.vmid };
  const { smbios1, vmgenid } = completeConfig({}, ref, to.options.now);
  const ids = { smbios1: smbios1 ?? "", vmgenid: vmgenid ?? "" };
  const guest: Guest = {
    ...ref,
    status: "stopped",
    template: false,
    pid: null,
    config: { ...config, ...ids },
  };
  draft.guests.push(guest);
  return { guest, log };
}

type Copy = { vmid: number; storage: string | undefined; full: boolean };

function copyConfig(
  draft: ClusterState,
  original: Guest,
  copy: Copy,
): { config: Record<string, string>; log: string } {
  const config: Record<string, string> = {};
  let log = "";
  for (const [key, value] of Object.entries(original.config)) {
    if (/^unused\d+$/.test(key)) continue;
    config[key] = /^net\d+$/.test(key)
      ? withMacAddress(copy.vmid, key, value.replace(/=[0-9A-F:]{17}/i, ""))
      : value;
    const [volume] = isDrive(key) ? volumesOf(draft, { node: original.node, config: { [key]: value } }) : [];
    if (!volume) continue;
    const made = copyVolume(draft, volume, copy);
    config[key] = value.replace(volumeId(volume), volumeId(made));
    log += cloneLog(key, { from: volume, to: made, full: copy.full });
  }
  return { config, log };
}

function copyVolume(draft: ClusterState, volume: Volume, copy: Copy): Volume {
  const name = volume.name.endsWith("cloudinit")
    ? `vm-${copy.vmid}-cloudinit`
    : nextDiskName(draft, volume.node, copy.vmid);
  return allocate(draft, { ...volume, name, vmid: copy.vmid, storage: copy.storage ?? volume.storage });
}

function cloneLog(key: string, copy: { from: Volume; to: Volume; full: boolean }): string {
  const kind = copy.full ? "full" : "linked";
  const size = formatSize(copy.to.sizeBytes);
  const progress = copy.full ? `transferred ${size} of ${size} (100.00%)\n` : "";
  return `create ${kind} clone of drive ${key} (${volumeId(copy.from)})\n  Logical volume "${copy.to.name}" created.\n${progress}`;
}
