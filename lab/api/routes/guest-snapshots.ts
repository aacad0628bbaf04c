/** Snapshots of guests of both kinds. */
import { AppError } from "../../../agents/base/errors.ts";
import { volumesOf } from "../../cluster/drives.ts";
import { requireUnlocked } from "../../cluster/guests.ts";
import { named } from "../../cluster/named.ts";
import { copyOf } from "../../cluster/os-images.ts";
import type { Guest, GuestKind, Json, Snapshot } from "../../cluster/state.ts";
import { bareName, storageOf, volumeId } from "../../cluster/storage.ts";
import { snapshotLog } from "../../cluster/volume-log.ts";
import { type Call, type Handlers, has, isOn, read, text, write } from "../call.ts";
import { digestOf, typedConfig } from "../guest-rows.ts";
import { guestAt, ofVmid } from "./guest-power.ts";

export function snapshotRoutes(kind: GuestKind): Handlers {
  const base = `/nodes/{node}/${kind}/{vmid}/snapshot`;
  const prefix = kind === "qemu" ? "qm" : "vz";
  const unlocked = (call: Call) => requireUnlocked(guestAt(call, kind));
  return {
    [`GET ${base}`]: read((call) => list(guestAt(call, kind))),
    [`POST ${base}`]: {
      kind: "task",
      task: `${prefix}snapshot`,
      id: ofVmid,
      begin: begin(kind),
      run: (call) => take(call, guestAt(call, kind)),
    },
    [`DELETE ${base}/{snapname}`]: {
      kind: "task",
      task: `${prefix}delsnapshot`,
      id: ofVmid,
      begin: unlocked,
      run: (call) => remove(call, guestAt(call, kind)),
    },
    [`POST ${base}/{snapname}/rollback`]: {
      kind: "task",
      task: `${prefix}rollback`,
      id: ofVmid,
      begin: unlocked,
      run: (call) => rollBack(call, guestAt(call, kind)),
    },
    [`GET ${base}/{snapname}`]: read(() => ["config", "rollback"].map((cmd) => ({ cmd }))),
    [`GET ${base}/{snapname}/config`]: read((call) => {
      const snapshot = snapshotAt(call, guestAt(call, kind));
      const { description, time, hasMemory } = snapshot;
      return {
        ...typedConfig(kind, snapshot.config),
        description,
        snaptime: time,
        vmstate: hasMemory ? 1 : 0,
      };
    }),
    [`PUT ${base}/{snapname}/config`]: write((call) => {
      if (has(call, "description"))
        snapshotAt(call, guestAt(call, kind)).description = text(call, "description");
      return null;
    }),
  };
}

function snapshotAt(call: Call, guest: Guest): Snapshot {
  const found = guest.snapshots.find(({ name }) => name === call.params["snapname"]);
  if (found) return found;
  throw new AppError("conflict", `snapshot '${text(call, "snapname")}' does not exist`);
}

function list(guest: Guest): Json {
  const rows = guest.snapshots.map(({ name, description, time, parent, hasMemory }) => ({
    name,
    description,
    snaptime: time,
    vmstate: hasMemory ? 1 : 0,
    ...(parent ? { parent } : {}),
  }));
  const parent = guest.snapshots.at(-1)?.name;
  const now = {
    name: "current",
    description: "You are here!",
    digest: digestOf(guest),
    running: guest.status === "running" ? 1 : 0,
  };
  return [...rows, { ...now, ...(parent ? { parent } : {}) }];
}

function begin(kind: GuestKind): (call: Call) => void {
  return (call) => {
    const guest = guestAt(call, kind);
    requireUnlocked(guest);
    if (guest.snapshots.some(({ name }) => name === call.params["snapname"]))
      throw new AppError("conflict", `snapshot name '${text(call, "snapname")}' already used`);
  };
}

function take(call: Call, guest: Guest): string {
  guest.snapshots.push({
    name: text(call, "snapname"),
    description: text(call, "description"),
    time: Math.floor(call.now / 1000),
    parent: guest.snapshots.at(-1)?.name ?? null,
    hasMemory: isOn(call, "vmstate"),
    config: { ...guest.config },
    systems: Object.fromEntries(
      volumesOf(call.state, guest).flatMap((volume) =>
        volume.system ? [[volumeId(volume), copyOf(volume.system)]] : [],
      ),
    ),
  });
  return logOf(call, guest, "take");
}

function remove(call: Call, guest: Guest): string {
  const gone = snapshotAt(call, guest);
  guest.snapshots = guest.snapshots.filter((snapshot) => snapshot !== gone);
  for (const snapshot of guest.snapshots) if (snapshot.parent === gone.name) snapshot.parent = gone.parent;
  return logOf(call, guest, "remove");
}

function rollBack(call: Call, guest: Guest): string {
  const { config, hasMemory, systems = {} } = snapshotAt(call, guest);
  guest.config = { ...config };
  for (const volume of volumesOf(call.state, guest)) {
    const then = named(systems, volumeId(volume));
    if (then) volume.system = copyOf(then);
  }
  guest.status = hasMemory || isOn(call, "start") ? "running" : "stopped";
  guest.startedAt = guest.status === "running" ? Math.floor(call.now / 1000) : null;
  guest.boots = (guest.boots ?? 0) + 1;
  guest.pid = guest.status === "running" ? 100_000 + guest.vmid : null;
  return logOf(call, guest, "roll back");
}

/** Of every disk: neither a CD nor what is unused has a part in it. */
function logOf(call: Call, guest: Guest, step: Parameters<typeof snapshotLog>[2]["step"]): string {
  const used = Object.entries(guest.config).filter(([key]) => !key.startsWith("unused"));
  return volumesOf(call.state, { ...guest, config: Object.fromEntries(used) })
    .filter(({ name }) => !bareName(name).endsWith("cloudinit"))
    .map((volume) => {
      const place = storageOf(call.state, guest.node, volume.storage);
      return snapshotLog(place, volume, { name: text(call, "snapname"), step });
    })
    .join("");
}
