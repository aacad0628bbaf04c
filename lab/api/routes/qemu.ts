/** Virtual machines: list, creation, configuration, deletion. */

import { AppError } from "../../../agents/base/errors.ts";
import { isDrive, volumeAt } from "../../cluster/drives.ts";
import { checkConfig } from "../../cluster/guest-config.ts";
import * as guests from "../../cluster/guests.ts";
import { named } from "../../cluster/named.ts";
import { badParameter } from "../../cluster/options.ts";
import { startGuest } from "../../cluster/power.ts";
import type { Guest } from "../../cluster/state.ts";
import { storageOf, volumesAt } from "../../cluster/storage.ts";
import { type Call, type Handlers, isOn, list, may, read, text, write } from "../call.ts";
import { requireCreation, requireHookscript, requireRoom } from "../guest-creation.ts";
import { optionsOf, requireKnown, requireOptions } from "../guest-options.ts";
import { digestOf, guestConfig, guestStatus, pendingRows } from "../guest-rows.ts";
import { joinPool, leavePools, requirePool } from "../pool-members.ts";
import { restoredOptions } from "./backup.ts";
import { guestAt, ofVmid, refOf } from "./guest-power.ts";

const CONFIG = "/nodes/{node}/qemu/{vmid}/config";

export const qemuRoutes: Handlers = {
  "GET /nodes/{node}/qemu": read((call) =>
    call.state.guests
      .filter(
        ({ node, kind, vmid }) =>
          node === call.params["node"] && kind === "qemu" && may(call, `/vms/${vmid}`, "VM.Audit"),
      )
      .map((guest) => guestStatus(call.state, guest, call.now)),
  ),
  "POST /nodes/{node}/qemu": {
    kind: "task",
    task: "qmcreate",
    id: ofVmid,
    begin: beginCreation,
    run: create,
    undo: (call) => forget(call, "create"),
  },
  [`GET ${CONFIG}`]: read((call) => {
    const guest = guestAt(call, "qemu");
    const snapshot = guest.snapshots.find(({ name }) => name === call.params["snapshot"]);
    return guestConfig(snapshot ? { ...guest, config: snapshot.config } : guest);
  }),
  [`PUT ${CONFIG}`]: write((call) => {
    configure(call);
    return null;
  }),
  [`POST ${CONFIG}`]: {
    kind: "task",
    task: "qmconfig",
    id: ofVmid,
    begin: (call) => checkChange(call),
    run: configure,
  },
  "GET /nodes/{node}/qemu/{vmid}/pending": read((call) => pendingRows(guestAt(call, "qemu"))),
  "DELETE /nodes/{node}/qemu/{vmid}": {
    kind: "task",
    task: "qmdestroy",
    id: ofVmid,
    begin: beginDeletion,
    run: destroy,
  },
};

function beginCreation(call: Call): void {
  const ref = refOf(call);
  const pool = text(call, "pool");
  requireCreation(call, "qemu", ref.vmid);
  const options = optionsOf(call.params);
  checkConfig(options);
  requireHookscript(call);
  if (pool) requirePool(call.state, pool);
  const verb = call.params["archive"] === undefined ? "create" : "restore";
  requireRoom(call, { title: "VM", vmid: ref.vmid, verb }, () => {
    if (verb === "restore") restoredOptions(call);
    for (const [key, value] of Object.entries(options)) if (isDrive(key)) requireStorage(call, value);
  });
  call.state.guests.push(guests.newGuest(ref, { kind: "qemu", owner: call.user, lock: "create" }));
}

function requireStorage(call: Call, drive: string): void {
  const store = /^(?:file=)?([\w.-]+):/.exec(drive)?.[1];
  if (store) storageOf(call.state, text(call, "node"), store);
}

function create(call: Call): string {
  const guest = guestAt(call, "qemu");
  const isRestored = call.params["archive"] !== undefined;
  const { template, ...options } = { ...(isRestored && restoredOptions(call)), ...optionsOf(call.params) };
  let log: string;
  try {
    log = guests.fillGuest(call.state, guest, { options, now: call.now });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError("conflict", `unable to create VM ${guest.vmid} - ${error.message}`);
  }
  if (text(call, "pool")) joinPool(call.state, text(call, "pool"), guest.vmid);
  if (template === "1") guests.makeTemplate(call.state, refOf(call));
  if (isOn(call, "start")) startGuest(call.state, refOf(call), { now: call.now });
  return log;
}

/** A guest whose creation failed is gone, if it is still the one that was begun. */
export function forget(call: Call, lock: string): void {
  const vmid = Number(call.params["newid"] ?? call.params["vmid"]);
  call.state.guests = call.state.guests.filter(
    (guest) => guest.vmid !== vmid || guest.config["lock"] !== lock,
  );
}

function checkChange(call: Call): Guest {
  const guest = guestAt(call, "qemu");
  const options = optionsOf(call.params);
  const removed = Object.fromEntries(list(call, "delete").map((key) => [key, ""]));
  if (Object.keys(options).length + Object.keys(removed).length + list(call, "revert").length === 0)
    throw badParameter("vmid", "no options specified");
  requireKnown("qemu", Object.keys(removed));
  requireOptions(call, "qemu", { ...removed, ...options });
  if (!isOn(call, "skiplock")) guests.requireUnlocked(guest);
  const digest = text(call, "digest");
  if (digest && digest !== digestOf(guest))
    throw new AppError(
      "conflict",
      "detected modified configuration - file changed by other user? Try again.",
    );
  checkConfig(options);
  requireHookscript(call);
  return guest;
}

function configure(call: Call): string {
  const guest = checkChange(call);
  const { template, ...options } = optionsOf(call.params);
  for (const key of list(call, "delete")) remove(call, guest, key);
  if (template === "1" && !guest.template) guests.makeTemplate(call.state, refOf(call));
  return guests.changeOptions(call.state, guest, { options, now: call.now });
}

/** With `force` the image goes too. */
function remove(call: Call, guest: Guest, key: string): void {
  const volume = isOn(call, "force") ? volumeAt(call.state, guest, key) : undefined;
  guests.detach(call.state, guest, key);
  if (!volume) return;
  call.state.volumes = call.state.volumes.filter((candidate) => candidate !== volume);
  for (const [name, value] of Object.entries(guest.config))
    if (name.startsWith("unused") && value === `${volume.storage}:${volume.name}`) delete guest.config[name];
}

function beginDeletion(call: Call): void {
  const guest = guestAt(call, "qemu");
  if (!isOn(call, "skiplock")) guests.requireUnlocked(guest);
  if (guest.config["protection"] === "1")
    throw new AppError("conflict", `can't remove VM ${guest.vmid} - protection mode enabled`);
  requireNotManaged(call, guest);
  if (guest.status === "running")
    throw new AppError("conflict", `VM ${guest.vmid} is running - destroy failed`);
}

export function requireNotManaged(call: Call, guest: Guest): void {
  const sid = `${guest.kind === "qemu" ? "vm" : "ct"}:${guest.vmid}`;
  if (named(call.state.sections["ha/resources"], sid) && !isOn(call, "purge"))
    throw new AppError(
      "conflict",
      `unable to remove ${guest.kind === "qemu" ? "VM" : "CT"} ${guest.vmid} - used in HA resources and purge parameter not set.`,
    );
}

function destroy(call: Call): string {
  const { guest, log } = guests.destroyGuest(call.state, refOf(call));
  return log + purge(call, guest);
}

/** What else knew of a guest that is gone; returns the log. */
export function purge(call: Call, guest: Guest): string {
  leavePools(call.state, guest.vmid);
  if (call.params["destroy-unreferenced-disks"] === 1)
    for (const { name, storages } of call.state.nodes)
      for (const storage of storages)
        for (const volume of volumesAt(call.state, name, storage.name))
          if (
            volume.vmid === guest.vmid &&
            name === guest.node &&
            ["images", "rootdir"].includes(volume.content)
          )
            call.state.volumes = call.state.volumes.filter((candidate) => candidate !== volume);
  if (!isOn(call, "purge")) return "";
  delete call.state.sections["ha/resources"]?.[`${guest.kind === "qemu" ? "vm" : "ct"}:${guest.vmid}`];
  return `purging ${guest.kind === "qemu" ? "VM" : "CT"} ${guest.vmid} from related configurations..\n`;
}
