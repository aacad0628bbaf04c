/** What moves guests of both kinds: template, migration, another storage, another size. */
import { AppError } from "../../../agents/base/errors.ts";
import { volumeAt } from "../../cluster/drives.ts";
import * as guests from "../../cluster/guests.ts";
import { copyOfSystem } from "../../cluster/os-images.ts";
import type { Guest, GuestKind, Volume } from "../../cluster/state.ts";
import * as storage from "../../cluster/storage.ts";
import { type Call, type Handlers, has, isOn, list, read, text, write } from "../call.ts";
import { beginMigration, migrationCheck, moveGuest } from "./guest-migration.ts";
import { guestAt, ofVmid, refOf } from "./guest-power.ts";
import { resize } from "./guest-resize.ts";

export function moveRoutes(kind: GuestKind): Handlers {
  const base = `/nodes/{node}/${kind}/{vmid}`;
  const prefix = kind === "qemu" ? "qm" : "vz";
  const unlocked = (call: Call) => guests.requireUnlocked(guestAt(call, kind));
  const move = { id: ofVmid, begin: unlocked, run: (call: Call) => moveVolume(call, guestAt(call, kind)) };
  return {
    [`POST ${base}/template`]: {
      kind: "task",
      task: `${prefix}template`,
      id: ofVmid,
      begin: unlocked,
      run: (call) => guests.makeTemplate(call.state, refOf(call), kind).log,
    },
    [`GET ${base}/migrate`]: read((call) => migrationCheck(call, guestAt(call, kind))),
    [`POST ${base}/migrate`]: {
      kind: "task",
      task: `${prefix}migrate`,
      id: ofVmid,
      begin: (call) => beginMigration(call, guestAt(call, kind)),
      run: (call) => moveGuest(call, guestAt(call, kind)),
    },
    [`PUT ${base}/resize`]: {
      kind: "task",
      task: "resize",
      id: ofVmid,
      begin: unlocked,
      run: (call) => resize(call, guestAt(call, kind)),
    },
    ...(kind === "qemu"
      ? {
          [`POST ${base}/move_disk`]: { kind: "task", task: "qmmove", ...move },
          [`PUT ${base}/unlink`]: write(unlink),
        }
      : { [`POST ${base}/move_volume`]: { kind: "task", task: "move_volume", ...move } }),
    [`GET ${base}/feature`]: read((call) => {
      const nodes = call.state.nodes.map(({ name }) => name);
      return {
        hasFeature: 1,
        ...(kind === "qemu" ? { nodes } : {}),
        ...(has(call, "feature") ? {} : { nodes }),
      };
    }),
  };
}

function moveVolume(call: Call, guest: Guest): string {
  const key = text(call, "disk") || text(call, "volume");
  const volume = volumeAt(call.state, guest, key);
  if (!volume) throw new AppError("conflict", `disk '${key}' does not exist`);
  const place = storage.storageOf(call.state, guest.node, text(call, "storage") || volume.storage);
  const format = text(call, "format") || (storage.isFileBased(place) ? volume.format : "raw");
  if (place.name === volume.storage && format === volume.format)
    throw new AppError("conflict", "you can't move to the same storage with same format");
  const name = storage.nextDiskName(call.state, guest, { storage: place, format });
  const copy = storage.allocate(call.state, {
    ...{ ...volume, ...copyOfSystem(volume) },
    ...{ name, format, storage: place.name },
  });
  guest.config[key] = (guest.config[key] ?? "").replace(storage.volumeId(volume), storage.volumeId(copy));
  if (isOn(call, "delete")) storage.removeVolume(call.state, volume);
  else keepUnused(guest, volume);
  return "";
}

function keepUnused(guest: Guest, volume: Volume): void {
  let index = 0;
  while (guest.config[`unused${index}`] !== undefined) index++;
  guest.config[`unused${index}`] = storage.volumeId(volume);
}

function unlink(call: Call): null {
  const guest = guestAt(call, "qemu");
  for (const key of list(call, "idlist")) guests.detach(call.state, guest, key);
  return null;
}
