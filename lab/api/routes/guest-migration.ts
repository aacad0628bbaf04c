/** Migration: a guest goes to another node, and what is on a storage of its node alone goes with it. */
import { AppError } from "../../../agents/base/errors.ts";
import { volumesOf } from "../../cluster/drives.ts";
import { requireUnlocked } from "../../cluster/guests.ts";
import { badParameter } from "../../cluster/options.ts";
import type { Guest, Json, Volume } from "../../cluster/state.ts";
import * as storage from "../../cluster/storage.ts";
import { type Call, isOn, text } from "../call.ts";

export function migrationCheck(call: Call, guest: Guest): Json {
  const others = call.state.nodes.map(({ name }) => name).filter((name) => name !== guest.node);
  const local = localVolumes(call, guest).map((volume) => ({
    volid: storage.volumeId(volume),
    size: volume.sizeBytes,
  }));
  const running = guest.status === "running" ? 1 : 0;
  return { allowed_nodes: others, local_disks: local, local_resources: [], running };
}

export function beginMigration(call: Call, guest: Guest): void {
  requireUnlocked(guest);
  const target = text(call, "target");
  storage.nodeOf(call.state, target);
  if (target === guest.node) throw badParameter("target", "target is local node.");
  const isVm = guest.kind === "qemu";
  if (guest.status === "running" && !(isVm ? isOn(call, "online") : isOn(call, "restart")))
    throw new AppError(
      "conflict",
      isVm
        ? "can't migrate running VM without --online"
        : "can't migrate running container without --online or --restart",
    );
  const local = localVolumes(call, guest).filter(({ name }) => !name.endsWith("cloudinit"));
  if (isVm && local.length > 0 && guest.status === "running" && !isOn(call, "with-local-disks"))
    throw new AppError("conflict", "can't live migrate attached local disks without with-local-disks option");
  for (const volume of local) storage.storageOf(call.state, target, targetStorage(call, volume.storage));
}

function targetStorage(call: Call, name: string): string {
  const wanted = text(call, call.params["target-storage"] === undefined ? "targetstorage" : "target-storage");
  if (!wanted || wanted === "1") return name;
  const pair = wanted.split(",").find((one) => one.startsWith(`${name}:`));
  return pair ? (pair.split(":")[1] ?? name) : (wanted.split(",").find((one) => !one.includes(":")) ?? name);
}

/** With all that is asked before. */
export function migrateGuest(call: Call, guest: Guest): string {
  beginMigration(call, guest);
  return moveGuest(call, guest);
}

export function moveGuest(call: Call, guest: Guest): string {
  const target = text(call, "target");
  const title = guest.kind === "qemu" ? "VM" : "CT";
  const { address } = storage.nodeOf(call.state, target);
  const lines = [`starting migration of ${title} ${guest.vmid} to node '${target}' (${address})`];
  for (const volume of localVolumes(call, guest)) {
    const place = targetStorage(call, volume.storage);
    const before = storage.volumeId(volume);
    storage.removeVolume(call.state, volume);
    const moved = storage.allocate(call.state, { ...volume, node: target, storage: place });
    for (const [key, value] of Object.entries(guest.config))
      guest.config[key] = value.replace(before, storage.volumeId(moved));
    lines.push(
      `found local volume '${before}' (attached)`,
      `volume '${before}' is '${storage.volumeId(moved)}' on the target`,
    );
  }
  guest.node = target;
  lines.push("migration finished successfully (duration 00:00:01)");
  const at = new Date(call.now).toISOString().slice(0, 19).replace("T", " ");
  return lines.map((line) => `${at} ${line}\n`).join("");
}

function localVolumes(call: Call, guest: Guest): Volume[] {
  return volumesOf(call.state, guest).filter(
    (volume) => storage.storageOf(call.state, guest.node, volume.storage).options["shared"] !== 1,
  );
}
