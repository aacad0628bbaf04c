/**
 * What can happen to a virtual machine, as functions on a draft of the state. They throw an AppError in the words
 * of Proxmox VE and then change nothing: the caller drops the draft.
 */
import { AppError } from "../../agents/base/errors.ts";
import { attachDrive, isDrive, volumesOf } from "./drives.ts";
import { checkConfig, completeConfig, withMacAddress } from "./guest-config.ts";
import type { ClusterState, Guest } from "./state.ts";
import { removeVolume, volumeId } from "./storage.ts";

export type GuestRef = { node: string; vmid: number };

/** `log`: what the tool prints on success. */
export type Change = { guest: Guest; log: string };

/** AppError `not_found` when the guest is not on this node, even when it is on another. */
export function guestOf(state: ClusterState, { node, vmid }: GuestRef): Guest {
  const guest = state.guests.find((candidate) => candidate.vmid === vmid && candidate.node === node);
  if (guest) return guest;
  throw new AppError(
    "not_found",
    `Configuration file 'nodes/${node}/qemu-server/${vmid}.conf' does not exist`,
  );
}

export function createGuest(
  draft: ClusterState,
  ref: GuestRef,
  given: { options: Record<string, string>; now: number },
): Change {
  checkConfig(given.options);
  try {
    requireFreeVmid(draft, ref.vmid);
    const { config, log } = applyOptions(draft, ref, given.options);
    const guest: Guest = {
      ...ref,
      status: "stopped",
      template: false,
      pid: null,
      config: completeConfig(config, ref, given.now),
    };
    draft.guests.push(guest);
    return { guest, log };
  } catch (error) {
    if (!(error instanceof AppError) || error.code === "bad_arguments") throw error;
    throw new AppError("conflict", `unable to create VM ${ref.vmid} - ${error.message}`);
  }
}

export function setGuest(
  draft: ClusterState,
  ref: GuestRef,
  given: { options: Record<string, string>; remove: string[] },
): Change {
  checkConfig(given.options);
  const guest = guestOf(draft, ref);
  const { config, log } = applyOptions(draft, ref, given.options);
  guest.config = { ...guest.config, ...config };
  for (const key of given.remove) detach(draft, guest, key);
  return { guest, log: `${describeUpdate(ref.vmid, given)}${log}` };
}

export function destroyGuest(draft: ClusterState, ref: GuestRef): Change {
  const guest = guestOf(draft, ref);
  if (guest.config["protection"] === "1") {
    throw new AppError("conflict", `can't remove VM ${ref.vmid} - protection mode enabled`);
  }
  if (guest.status === "running")
    throw new AppError("conflict", `VM ${ref.vmid} is running - destroy failed`);
  const volumes = volumesOf(draft, guest);
  for (const volume of volumes) removeVolume(draft, volume);
  draft.guests = draft.guests.filter((candidate) => candidate !== guest);
  return {
    guest,
    log: volumes.map((volume) => `  Logical volume "${volume.name}" successfully removed.\n`).join(""),
  };
}

export function makeTemplate(draft: ClusterState, ref: GuestRef): Change {
  const guest = guestOf(draft, ref);
  if (guest.template) throw new AppError("conflict", "you can't convert a template to a template");
  if (guest.status === "running")
    throw new AppError("conflict", "you can't convert a VM to template if VM is running");
  const drives = Object.keys(guest.config).filter(isDrive);
  const log = drives.flatMap((key) => renameToBase(draft, guest, key));
  guest.template = true;
  return { guest, log: log.join("") };
}

export function requireFreeVmid(state: ClusterState, vmid: number): void {
  const taken = state.guests.find((guest) => guest.vmid === vmid);
  if (taken) throw new AppError("conflict", `VM ${vmid} already exists on node '${taken.node}'`);
}

function applyOptions(
  draft: ClusterState,
  ref: GuestRef,
  options: Record<string, string>,
): { config: Record<string, string>; log: string } {
  const config: Record<string, string> = {};
  let log = "";
  for (const [key, value] of Object.entries(options)) {
    if (!isDrive(key)) {
      config[key] = withMacAddress(ref.vmid, key, value);
      continue;
    }
    const drive = attachDrive(draft, ref, { key, value });
    config[key] = drive.value;
    log += drive.log;
  }
  return { config, log };
}

/** A drive that is taken out stays as `unused<n>`, as on a real node; anything else is gone. */
function detach(draft: ClusterState, guest: Guest, key: string): void {
  const value = guest.config[key];
  const volume = isDrive(key)
    ? volumesOf(draft, { node: guest.node, config: { [key]: value ?? "" } })[0]
    : undefined;
  delete guest.config[key];
  if (!volume) return;
  let index = 0;
  while (guest.config[`unused${index}`] !== undefined) index++;
  guest.config[`unused${index}`] = volumeId(volume);
}

function describeUpdate(vmid: number, given: { options: Record<string, string>; remove: string[] }): string {
  const parts = Object.entries(given.options).map(([key, value]) => `-${key} ${value}`);
  const removals = given.remove.length > 0 ? [`-delete ${given.remove.join(",")}`] : [];
  return `update VM ${vmid}: ${[...parts, ...removals].join(" ")}\n`;
}

function renameToBase(draft: ClusterState, guest: Guest, key: string): string[] {
  const value = guest.config[key] ?? "";
  const [volume] = volumesOf(draft, { node: guest.node, config: { [key]: value } });
  if (!volume || volume.name.endsWith("cloudinit")) return [];
  const name = volume.name.replace(/^vm-/, "base-");
  guest.config[key] = value.replace(`:${volume.name}`, `:${name}`);
  const log = `  Renamed "${volume.name}" to "${name}" in volume group "pve"\n`;
  volume.name = name;
  return [log];
}
