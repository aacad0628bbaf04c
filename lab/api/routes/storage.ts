/** Storages of a node: how full they are, and what is in them. */
import { AppError } from "../../../agents/base/errors.ts";
import type { ContentType, Row, Storage, Volume } from "../../cluster/state.ts";
import * as storage from "../../cluster/storage.ts";
import { type Call, type Handlers, has, list, may, read, text, write } from "../call.ts";

const BASE = "/nodes/{node}/storage";
export const storageRoutes: Handlers = {
  [`GET ${BASE}`]: read((call) => {
    const wanted = list(call, "content");
    return storage
      .nodeOf(call.state, text(call, "node"))
      .storages.filter(
        (one) =>
          (wanted.length === 0 || wanted.some((type) => one.content.includes(type as ContentType))) &&
          (!has(call, "storage") || one.name === call.params["storage"]) &&
          (!has(call, "enabled") || one.options["disable"] !== 1) &&
          may(call, `/storage/${one.name}`, "Datastore.Audit", "Datastore.AllocateSpace"),
      )
      .map((one) => ({ storage: one.name, ...statusRow(call, one) }));
  }),
  [`GET ${BASE}/{storage}/status`]: read((call) =>
    statusRow(call, storage.storageOf(call.state, text(call, "node"), text(call, "storage"))),
  ),
  [`GET ${BASE}/{storage}/content`]: read((call) => {
    const place = placeOf(call);
    return storage
      .volumesAt(call.state, text(call, "node"), place.name)
      .filter(
        ({ content, vmid }) =>
          place.content.includes(content) &&
          (!has(call, "content") || content === call.params["content"]) &&
          (!has(call, "vmid") || vmid === call.params["vmid"]),
      )
      .map(contentRow);
  }),
  [`GET ${BASE}/{storage}/content/{volume}`]: read((call) => {
    const volume = volumeOf(call);
    const { format, sizeBytes: size } = volume;
    return { path: storage.pathOf(placeOf(call), volume), format, size, used: size, ...marks(volume) };
  }),
  [`PUT ${BASE}/{storage}/content/{volume}`]: write((call) => {
    const volume = volumeOf(call);
    if (has(call, "notes")) volume.notes = text(call, "notes");
    if (has(call, "protected")) volume.isProtected = call.params["protected"] === 1;
    return null;
  }),
};

export function placeOf(call: Call): Storage {
  const place = storage.storageOf(call.state, text(call, "node"), text(call, "storage"));
  if (place.options["disable"] === 1) throw new AppError("conflict", `storage '${place.name}' is disabled`);
  return place;
}

function statusRow(call: Call, place: Storage): Row {
  const node = text(call, "node");
  const used = storage.usedBytes(call.state, node, place);
  const isOn = place.options["disable"] !== 1;
  return {
    type: place.type,
    content: place.content.join(","),
    active: isOn ? 1 : 0,
    enabled: isOn ? 1 : 0,
    shared: place.options["shared"] === 1 ? 1 : 0,
    total: place.totalBytes,
    used,
    avail: storage.availableBytes(call.state, node, place),
    used_fraction: place.totalBytes > 0 ? used / place.totalBytes : 0,
  };
}

export function contentRow(volume: Volume): Row {
  const { content, format, sizeBytes: size, createdAt: ctime, vmid } = volume;
  return {
    volid: storage.volumeId(volume),
    content,
    format,
    size,
    ctime,
    ...(vmid ? { vmid } : {}),
    ...marks(volume),
  };
}

function marks({ notes, isProtected }: Volume): Row {
  return { ...(notes ? { notes } : {}), ...(isProtected ? { protected: 1 } : {}) };
}

export function volumeOf(call: Call): Volume {
  const place = placeOf(call);
  const given = text(call, "volume");
  const id = given.includes(":") ? given : `${place.name}:${given}`;
  const volume = storage.findVolume(call.state, text(call, "node"), id);
  if (volume) return volume;
  const bare = id.slice(id.indexOf(":") + 1);
  throw new AppError(
    "not_found",
    storage.isFileBased(place)
      ? `volume '${id}' does not exist`
      : `no such logical volume pve/${bare}: does not exist`,
  );
}
