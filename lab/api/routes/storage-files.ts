/** How volumes come into a storage and out of it: upload, download, allocation, removal. */

import { AppError } from "../../../agents/base/errors.ts";
import { named } from "../../cluster/named.ts";
import { badParameter } from "../../cluster/options.ts";
import { osOfFile, systemOfFile } from "../../cluster/os-images.ts";
import type { ContentType, Json, Volume } from "../../cluster/state.ts";
import * as storage from "../../cluster/storage.ts";
import { madeLog, removedLog } from "../../cluster/volume-log.ts";
import { type Call, type Handlers, read, require, text, write } from "../call.ts";
import { placeOf, volumeOf } from "./storage.ts";

const BASE = "/nodes/{node}/storage";
/** In Proxmox VE the name of a file decides what it may be. */
const EXTENSIONS: Partial<Record<ContentType, RegExp>> = {
  iso: /\.(?:iso|img)$/i,
  vztmpl: /\.tar\.(?:gz|xz|zst)$/i,
  import: /\.(?:ova|ovf|qcow2|raw|vmdk)$/i,
};

export const storageFileRoutes: Handlers = {
  [`DELETE ${BASE}/{storage}/content/{volume}`]: {
    kind: "task",
    task: "imgdel",
    id: (params) => `${String(params["volume"]).replace(`${params["storage"]}:`, "")}@${params["storage"]}`,
    begin: (call) => requireRemovable(call, volumeOf(call)),
    run: (call) => {
      const volume = volumeOf(call);
      storage.removeVolume(call.state, volume);
      return `${removedLog(placeOf(call), volume)}Removed volume '${text(call, "volume")}'\n`;
    },
  },
  [`POST ${BASE}/{storage}/content`]: write(allocate),
  [`POST ${BASE}/{storage}/upload`]: {
    kind: "task",
    task: "imgcopy",
    id: () => "",
    begin: (call) => void checkName(call, text(call, "filename")),
    run: (call) => addFile(call, Number(/-(\d+)$/.exec(text(call, "tmpfilename"))?.[1] ?? 0)),
  },
  [`POST ${BASE}/{storage}/download-url`]: {
    kind: "task",
    task: "download",
    id: (params) => String(params["filename"]),
    begin: (call) => {
      checkName(call, text(call, "filename"));
      sizeAt(call, text(call, "url"));
    },
    run: (call) => addFile(call, sizeAt(call, text(call, "url"))),
  },
  "GET /nodes/{node}/query-url-metadata": read((call) => {
    const url = text(call, "url");
    const size = sizeAt(call, url);
    const filename = new URL(url).pathname.split("/").at(-1) ?? "";
    return { filename, mimetype: "application/octet-stream", size };
  }),
};

/** An image is its guest's: whoever may not allocate in the storage may not remove it. */
function requireRemovable(call: Call, volume: Volume): void {
  const path = `/storage/${volume.storage}`;
  if (volume.vmid > 0) require(call, path, "Datastore.Allocate", "Datastore.AllocateSpace");
  else require(call, path, "Datastore.Allocate", "Datastore.AllocateTemplate");
  if (volume.isProtected)
    throw new AppError("conflict", `can't remove protected volume '${storage.volumeId(volume)}'`);
  const id = storage.volumeId(volume);
  const user = call.state.guests.find(({ config }) =>
    Object.entries(config).some(([key, value]) => !key.startsWith("unused") && value.split(",")[0] === id),
  );
  if (user && volume.content === "images" && volume.name.includes("base-"))
    throw new AppError("conflict", `base volume '${volume.name}' is still in use by linked clones`);
}

function checkName(call: Call, filename: string): ContentType {
  const place = placeOf(call);
  const content = text(call, "content") as ContentType;
  if (!place.content.includes(content))
    throw badParameter("content", `storage '${place.name}' is not configured for content-type '${content}'`);
  if (!/^[\w.+=:@~-]{1,255}$/.test(filename))
    throw badParameter("filename", "invalid filename or wrong extension");
  if (!named(EXTENSIONS, content)?.test(filename)) throw badParameter("filename", "wrong file extension");
  return content;
}

function addFile(call: Call, sizeBytes: number): string {
  const place = placeOf(call);
  const content = checkName(call, text(call, "filename"));
  const filename = text(call, "filename");
  const name = `${content}/${filename}`;
  if (storage.findVolume(call.state, text(call, "node"), `${place.name}:${name}`))
    throw new AppError(
      "conflict",
      `refusing to override existing file '${storage.pathOf(place, { name, content })}'`,
    );
  if (sizeBytes > storage.availableBytes(call.state, text(call, "node"), place))
    throw new AppError("conflict", "write failed: No space left on device");
  const format =
    content === "iso"
      ? "iso"
      : content === "vztmpl"
        ? filename.replace(/^.*\.tar\./, "t")
        : (filename.split(".").at(-1) ?? "raw");
  const createdAt = Math.floor(call.now / 1000);
  call.state.volumes.push({
    node: text(call, "node"),
    storage: place.name,
    name,
    vmid: 0,
    sizeBytes,
    content,
    format,
    createdAt,
    ...systemOfFile(osOfFile(text(call, "url")) ? text(call, "url") : filename),
  });
  return `finished file import successfully\n`;
}

function sizeAt(call: Call, url: string): number {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw badParameter("url", "value does not match the regex pattern");
  const { downloads } = call.settings;
  const size = named(downloads, url) ?? downloads["default"];
  if (size === undefined) throw new AppError("conflict", `invalid server response: '404 Not Found'`);
  return size;
}

function allocate(call: Call): Json {
  const place = placeOf(call);
  const vmid = Number(call.params["vmid"]);
  const filename = text(call, "filename");
  if (filename && !filename.startsWith(`vm-${vmid}-`))
    throw new AppError("conflict", `illegal name '${filename}' - should be 'vm-${vmid}-*'`);
  const format = text(call, "format") || (/\.(raw|qcow2|vmdk)$/.exec(filename)?.[1] ?? "raw");
  const sizeBytes = storage.parseSize(text(call, "size")) ?? 0;
  const content = place.content.includes("images") ? "images" : "rootdir";
  const owner = { node: text(call, "node"), vmid };
  const free = storage.nextDiskName(call.state, owner, { storage: place, format });
  const named = storage.isFileBased(place) ? `${vmid}/${filename}` : filename;
  const name = filename ? named : free;
  const plain = /^\d+$/.test(text(call, "size")) ? sizeBytes * 1024 : sizeBytes;
  const createdAt = Math.floor(call.now / 1000);
  const volume = storage.allocate(call.state, {
    node: text(call, "node"),
    storage: place.name,
    name,
    vmid,
    sizeBytes: plain,
    content,
    format,
    createdAt,
  });
  call.say(madeLog(place, volume));
  return storage.volumeId(volume);
}
