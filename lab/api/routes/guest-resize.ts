/** Another size for a volume of a guest of either kind: only ever a larger one. */
import { AppError } from "../../../agents/base/errors.ts";
import { formatDrive, parseDrive, volumeAt } from "../../cluster/drives.ts";
import { badParameter } from "../../cluster/options.ts";
import type { Guest } from "../../cluster/state.ts";
import * as storage from "../../cluster/storage.ts";
import { resizedLog } from "../../cluster/volume-log.ts";
import { type Call, text } from "../call.ts";

export function resize(call: Call, guest: Guest): string {
  const key = text(call, "disk");
  const volume = volumeAt(call.state, guest, key);
  if (!volume) throw new AppError("conflict", `disk '${key}' does not exist`);
  const wanted = text(call, "size");
  const bytes = storage.parseSize(wanted.replace(/^\+/, ""));
  if (bytes === undefined) throw badParameter("size", `value does not match the regex pattern`);
  const size = wanted.startsWith("+") ? volume.sizeBytes + bytes : bytes;
  if (size < volume.sizeBytes)
    throw new AppError(
      "conflict",
      guest.kind === "qemu" ? "shrinking disks is not supported" : "unable to shrink disk size",
    );
  const place = storage.storageOf(call.state, guest.node, volume.storage);
  if (size - volume.sizeBytes > storage.availableBytes(call.state, guest.node, place))
    throw new AppError("conflict", "resize failed: no space left on device");
  const before = volume.sizeBytes;
  volume.sizeBytes = size;
  const { file, settings } = parseDrive(guest.config[key] ?? "");
  guest.config[key] = formatDrive(file, settings.set("size", storage.formatSize(size)));
  return resizedLog(place, volume, before);
}
