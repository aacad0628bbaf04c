/** `qm disk import`: a disk image, a file of the node or a volume, becomes an unused disk of a guest. */

import { AppError } from "../../../agents/base/errors.ts";
import { attachDrive, volumeAt } from "../drives.ts";
import { detach, guestOf, requireUnlocked } from "../guests.ts";
import { named } from "../named.ts";
import { copyOf, systemOfFile } from "../os-images.ts";
import { type CommandOutcome, succeeded } from "../outcome.ts";
import type { Volume } from "../state.ts";
import { findVolume, formatSize, nodeOf, pathOf, storageOf } from "../storage.ts";
import { recordTask } from "../tasks.ts";
import type { Given, OwnCommand } from "./command.ts";
import { VMID } from "./guest-commands.ts";
import type { Run } from "./run.ts";

/** A place that no guest uses by itself: the image is attached there and taken out again. */
const PLACE = "scsi30";
const GIB = 1024 ** 3;

export const importDisk: OwnCommand = {
  positional: ["vmid", "source", "storage"],
  parameters: `${VMID} source storage:pve-storage-id format?:enum=raw|qcow2|vmdk target-disk?`,
  isChange: true,
  run: (run, given) => run.api.store.change((draft) => bringIn({ ...run, draft }, given)),
};

function bringIn(run: Run & { draft: Draft }, given: Given): CommandOutcome {
  const { vmid = "", source = "", storage = "" } = given;
  const { draft, node, api } = run;
  const guest = guestOf(draft, { node, vmid: Number(vmid) });
  requireUnlocked(guest);
  const { sizeBytes: size, system } = imageAt(run, source);
  const owner = { node, vmid: guest.vmid, now: api.store.now() };
  const format = given["format"] === undefined ? "" : `,format=${given["format"]}`;
  const key = given["target-disk"] ?? PLACE;
  const { value, log } = attachDrive(draft, owner, { key, value: `${storage}:${size / GIB}${format}` });
  guest.config[key] = value;
  const made = volumeAt(draft, guest, key);
  if (made && system) made.system = copyOf(system);
  if (key === PLACE) detach(draft, guest, PLACE);
  const id = value.split(",")[0] ?? "";
  const place = Object.keys(guest.config).find((name) => guest.config[name] === id) ?? key;
  recordTask(draft, { node, type: "imgcopy", id: vmid, now: owner.now });
  const shown = formatSize(size);
  return succeeded(
    `importing disk '${source}' to VM ${vmid} ...\n${log.split("\n")[0]}\n` +
      `transferred ${shown} of ${shown} (100.00%)\n${place}: successfully imported disk '${id}'\n`,
  );
}

type Draft = ReturnType<Run["api"]["store"]["state"]>;

/** AppError `conflict` for what is neither a volume nor a file. */
function imageAt(
  { draft, node, files }: Run & { draft: Draft },
  source: string,
): Pick<Volume, "sizeBytes" | "system"> {
  const listed = draft.volumes.find((volume) => {
    const place = nodeOf(draft, node).storages.find(({ name }) => name === volume.storage);
    return place !== undefined && volume.node === node && pathOf(place, volume) === source;
  });
  const volume = source.startsWith("/") ? listed : findVolume(draft, node, source);
  if (!source.startsWith("/") && !volume) storageOf(draft, node, source.split(":")[0] ?? "");
  if (volume) return volume;
  const sizeBytes = named(files, source)?.size;
  if (sizeBytes !== undefined) return { sizeBytes, ...(sizeBytes > 0 && systemOfFile(source)) };
  throw new AppError("conflict", `${source}: non-existent or non-regular file`);
}
