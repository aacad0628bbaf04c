/**
 * What can happen to a virtual machine, as functions on a draft of the state. They throw an AppError in the words
 * of Proxmox VE and then change nothing: the caller drops the draft.
 */
import { AppError } from "../../agents/base/errors.ts";
import { attachDrive, isDrive, isMountPoint, isUnused, volumeAt, volumesOf } from "./drives.ts";
import { completeConfig, withMacAddress } from "./guest-config.ts";
import type { ClusterState, Guest, GuestKind } from "./state.ts";
import { bareName, removeVolume, storageOf, volumeId } from "./storage.ts";
import { removedLog } from "./volume-log.ts";

export type GuestRef = { node: string; vmid: number };

/** `log`: what the tool prints on success. */
export type Change = { guest: Guest; log: string };

/** In the state's sections, by the number of a container: `password` and `keys` that its root is let in by. */
export const CONTAINER_LOGINS = "container-logins";

/** AppError `not_found` when the guest is not on this node, even when it is on another. */
export function guestOf(state: ClusterState, { node, vmid }: GuestRef, kind: GuestKind = "qemu"): Guest {
  const guest = state.guests.find(
    (candidate) => candidate.vmid === vmid && candidate.node === node && candidate.kind === kind,
  );
  if (guest) return guest;
  const folder = kind === "qemu" ? "qemu-server" : "lxc";
  throw new AppError("not_found", `Configuration file 'nodes/${node}/${folder}/${vmid}.conf' does not exist`);
}

/** AppError `conflict` while a task has the guest. */
export function requireUnlocked(guest: Guest): void {
  const lock = guest.config["lock"];
  if (lock) throw new AppError("conflict", `${guest.kind === "qemu" ? "VM" : "CT"} is locked (${lock})`);
}

export function newGuest(ref: GuestRef, given: { kind: GuestKind; owner: string; lock?: string }): Guest {
  const { kind, owner, lock } = given;
  const empty = { status: "stopped", template: false, pid: null, startedAt: null, snapshots: [] } as const;
  return {
    kind,
    vmid: ref.vmid,
    node: ref.node,
    owner,
    ...empty,
    snapshots: [],
    config: lock ? { lock } : {},
  };
}

/** Gives a new guest its configuration, with images for its drives. */
export function fillGuest(
  draft: ClusterState,
  guest: Guest,
  given: { options: Record<string, string>; now: number },
): string {
  const { config, log } = applyOptions(draft, guest, given);
  guest.config = completeConfig(config, guest, given.now);
  return log;
}

/** Drives that are replaced stay as unused; a cloud-init drive that is asked for again is made anew. */
export function changeOptions(
  draft: ClusterState,
  guest: Guest,
  given: { options: Record<string, string>; now: number },
): string {
  for (const [key, value] of Object.entries(given.options)) {
    const volume = volumeAt(draft, guest, key);
    if (
      volume &&
      !value.split(",").some((part) => part.replace(/^(?:file|volume)=/, "") === volumeId(volume))
    )
      detach(draft, guest, key);
  }
  const { config, log } = applyOptions(draft, guest, given);
  guest.config = { ...guest.config, ...config };
  return log;
}

export function destroyGuest(draft: ClusterState, ref: GuestRef, kind: GuestKind = "qemu"): Change {
  const guest = guestOf(draft, ref, kind);
  const what = kind === "qemu" ? "VM" : "CT";
  if (guest.config["protection"] === "1") {
    throw new AppError("conflict", `can't remove ${what} ${ref.vmid} - protection mode enabled`);
  }
  if (guest.status === "running")
    throw new AppError("conflict", `${what} ${ref.vmid} is running - destroy failed`);
  const volumes = volumesOf(draft, guest).filter(({ vmid }) => vmid === guest.vmid);
  for (const volume of volumes) removeVolume(draft, volume);
  draft.guests = draft.guests.filter((candidate) => candidate !== guest);
  delete draft.firewalls[`guest/${ref.vmid}`];
  delete draft.sections[CONTAINER_LOGINS]?.[String(ref.vmid)];
  return {
    guest,
    log: volumes.map((volume) => removedLog(storageOf(draft, ref.node, volume.storage), volume)).join(""),
  };
}

export function makeTemplate(draft: ClusterState, ref: GuestRef, kind: GuestKind = "qemu"): Change {
  const guest = guestOf(draft, ref, kind);
  if (guest.template) throw new AppError("conflict", "you can't convert a template to a template");
  if (guest.snapshots.length > 0)
    throw new AppError("conflict", "unable to create template, because VM contains snapshots");
  if (guest.status === "running")
    throw new AppError("conflict", "you can't convert a VM to template if VM is running");
  const log = Object.keys(guest.config).flatMap((key) => renameToBase(draft, guest, key));
  guest.template = true;
  return { guest, log: log.join("") };
}

export function requireFreeVmid(state: ClusterState, vmid: number): void {
  const taken = state.guests.find((guest) => guest.vmid === vmid);
  const what = taken?.kind === "lxc" ? "CT" : "VM";
  if (taken) throw new AppError("conflict", `${what} ${vmid} already exists on node '${taken.node}'`);
}

/** A drive that is taken out stays as `unused<n>`, as on a real node; anything else is gone. */
export function detach(draft: ClusterState, guest: Guest, key: string): void {
  const volume = volumeAt(draft, guest, key);
  delete guest.config[key];
  if (!volume || volume.vmid !== guest.vmid) return;
  if (isUnused(key) || bareName(volume.name).endsWith("cloudinit")) {
    removeVolume(draft, volume);
    return;
  }
  let index = 0;
  while (guest.config[`unused${index}`] !== undefined) index++;
  guest.config[`unused${index}`] = volumeId(volume);
}

function applyOptions(
  draft: ClusterState,
  guest: Guest,
  given: { options: Record<string, string>; now: number },
): { config: Record<string, string>; log: string } {
  const config: Record<string, string> = {};
  let log = "";
  for (const [key, value] of Object.entries(given.options)) {
    if (!isDrive(key) && !isMountPoint(key)) {
      config[key] = withMacAddress(guest.vmid, key, value);
      continue;
    }
    const owner = { node: guest.node, vmid: guest.vmid, now: given.now };
    const content = isMountPoint(key) ? "rootdir" : "images";
    const drive = attachDrive(draft, owner, { key, value, content });
    config[key] = drive.value;
    log += drive.log;
  }
  return { config, log };
}

function renameToBase(draft: ClusterState, guest: Guest, key: string): string[] {
  const volume = isUnused(key) ? undefined : volumeAt(draft, guest, key);
  if (!volume || bareName(volume.name).endsWith("cloudinit")) return [];
  const name = volume.name.replace(/(^|\/)vm-/, "$1base-");
  guest.config[key] = (guest.config[key] ?? "").replace(`:${volume.name}`, `:${name}`);
  const log = `  Renamed "${volume.name}" to "${name}" in volume group "pve"\n`;
  volume.name = name;
  return [log];
}
