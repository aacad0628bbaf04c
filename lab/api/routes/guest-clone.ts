/** Copies of guests of both kinds. */
import { AppError } from "../../../agents/base/errors.ts";
import { type CloneOptions, checkClone, fillClone } from "../../cluster/clone.ts";
import { isUnused, volumeAt, volumesOf } from "../../cluster/drives.ts";
import * as guests from "../../cluster/guests.ts";
import type { GuestKind } from "../../cluster/state.ts";
import { type Call, type Handlers, require, text } from "../call.ts";
import { joinPool, requirePool } from "../pool-members.ts";
import { guestAt, ofVmid, refOf } from "./guest-power.ts";
import { forget } from "./qemu.ts";

export function cloneRoutes(kind: GuestKind): Handlers {
  const base = `/nodes/{node}/${kind}/{vmid}`;
  const prefix = kind === "qemu" ? "qm" : "vz";
  return {
    [`POST ${base}/clone`]: {
      kind: "task",
      task: `${prefix}clone`,
      id: ofVmid,
      begin: (call) => beginClone(call, kind),
      run: (call) => clone(call, kind),
      undo: (call) => forget(call, "clone"),
    },
  };
}

function cloneOptions(call: Call, kind: GuestKind): CloneOptions {
  const { params } = call;
  const given = (name: string, key: keyof CloneOptions) =>
    params[name] === undefined ? {} : { [key]: String(params[name]) };
  return {
    ...given(kind === "qemu" ? "name" : "hostname", "name"),
    ...given("storage", "storage"),
    ...given("target", "target"),
    ...given("format", "format"),
    ...given("description", "description"),
    ...given("snapname", "snapshot"),
    ...(params["full"] === undefined ? {} : { full: params["full"] === 1 }),
    kind,
    owner: call.user,
    now: call.now,
  };
}

/** The copy is there at once, locked; its images follow when the task ends. */
function beginClone(call: Call, kind: GuestKind): void {
  const { node, vmid } = refOf(call);
  const original = call.state.guests.find(
    (guest) => guest.vmid === vmid && guest.node === node && guest.kind === kind,
  );
  if (!original)
    throw new AppError(
      "not_found",
      `unable to find configuration file for ${kind === "qemu" ? "VM" : "CT"} ${vmid} on node '${node}'`,
    );
  guests.requireUnlocked(original);
  const options = cloneOptions(call, kind);
  const newid = Number(call.params["newid"]);
  try {
    checkClone(call.state, original, { vmid: newid, options });
  } catch (error) {
    if (
      !(error instanceof AppError) ||
      error.code === "bad_arguments" ||
      !call.state.guests.some((guest) => guest.vmid === newid)
    )
      throw error;
    throw new AppError(
      "conflict",
      `unable to create ${kind === "qemu" ? "VM" : "CT"} ${newid}: config file already exists`,
    );
  }
  if (text(call, "pool")) requirePool(call.state, text(call, "pool"));
  for (const volume of volumesOf(call.state, original))
    require(call, `/storage/${options.storage ?? volume.storage}`, "Datastore.AllocateSpace");
  const copy = guests.newGuest(
    { node: options.target ?? node, vmid: newid },
    { kind, owner: call.user, lock: "clone" },
  );
  copy.config = {
    ...original.config,
    lock: "clone",
    ...(options.name ? { [kind === "qemu" ? "name" : "hostname"]: options.name } : {}),
  };
  for (const key of Object.keys(copy.config))
    if (volumeAt(call.state, original, key) || isUnused(key)) delete copy.config[key];
  call.state.guests.push(copy);
}

function clone(call: Call, kind: GuestKind): string {
  const original = guestAt(call, kind);
  const newid = Number(call.params["newid"]);
  const guest = call.state.guests.find(({ vmid }) => vmid === newid);
  if (!guest) throw new AppError("conflict", "clone failed: the new guest is gone");
  const log = fillClone(call.state, { original, guest }, cloneOptions(call, kind));
  if (text(call, "pool")) joinPool(call.state, text(call, "pool"), newid);
  return log;
}
