/** Drives of a guest: `local-lvm:8` asks for a new image, `local-lvm:vm-100-disk-0` names one that is there. */
import { AppError } from "../../agents/base/errors.ts";
import { badParameter } from "./options.ts";
import type { ClusterState, Volume } from "./state.ts";
import {
  allocate,
  findVolume,
  formatSize,
  nextDiskName,
  requireContent,
  storageOf,
  volumeId,
} from "./storage.ts";

const GIB = 1024 ** 3;
const CLOUDINIT_BYTES = 4 * 1024 ** 2;

export function isDrive(key: string): boolean {
  return /^(?:scsi|virtio|sata|ide)\d+$/.test(key);
}

export type AttachedDrive = { value: string; log: string };

/**
 * What the configuration holds for a requested drive, after allocating its image in the draft. `log` is what the
 * tool prints meanwhile.
 */
export function attachDrive(
  draft: ClusterState,
  owner: { node: string; vmid: number },
  drive: { key: string; value: string },
): AttachedDrive {
  const [source = "", ...settings] = drive.value.split(",");
  if (source === "none") return { value: drive.value, log: "" };
  const [storage = "", name = ""] = splitOnce(source);
  if (!/^[a-z][\w.-]*$/i.test(storage) || name === "") {
    throw badParameter(
      drive.key,
      `invalid format - format error\n${drive.key}.file: invalid format - unable to parse volume ID '${source}'`,
    );
  }
  if (settings.some((setting) => setting.startsWith("import-from="))) {
    throw new AppError("conflict", `lab: 'import-from' of ${drive.key} is not simulated`);
  }
  const value = (volume: Volume) =>
    [volumeId(volume), ...settings, `size=${formatSize(volume.sizeBytes)}`].join(",");
  if (/^\d+(?:\.\d+)?$/.test(name)) {
    const volume = allocate(draft, {
      ...owner,
      storage,
      name: nextDiskName(draft, owner.node, owner.vmid),
      sizeBytes: Number(name) * GIB,
    });
    return { value: value(volume), log: creationLog(drive.key, volume, value(volume)) };
  }
  if (name === "cloudinit") {
    const volume = allocate(draft, {
      ...owner,
      storage,
      name: `vm-${owner.vmid}-cloudinit`,
      sizeBytes: CLOUDINIT_BYTES,
    });
    return { value: `${volumeId(volume)},media=cdrom`, log: creationLog(drive.key, volume, value(volume)) };
  }
  return attachExisting(draft, owner.node, { source, storage, settings });
}

/** The images that a configuration refers to, on its node. */
export function volumesOf(
  state: ClusterState,
  guest: { node: string; config: Record<string, string> },
): Volume[] {
  return Object.entries(guest.config).flatMap(([key, value]) => {
    const volume =
      isDrive(key) || /^unused\d+$/.test(key)
        ? findVolume(state, guest.node, value.split(",")[0] ?? "")
        : undefined;
    return volume ? [volume] : [];
  });
}

function attachExisting(
  draft: ClusterState,
  node: string,
  drive: { source: string; storage: string; settings: string[] },
): AttachedDrive {
  requireContent(
    storageOf(draft, node, drive.storage),
    drive.settings.includes("media=cdrom") ? "iso" : "images",
  );
  const volume = findVolume(draft, node, drive.source);
  if (!volume) throw new AppError("conflict", `volume '${drive.source}' does not exist`);
  const settings = drive.settings.filter((setting) => !setting.startsWith("size="));
  return { value: [drive.source, ...settings, `size=${formatSize(volume.sizeBytes)}`].join(","), log: "" };
}

function creationLog(key: string, volume: Volume, value: string): string {
  return `  Logical volume "${volume.name}" created.\n${key}: successfully created disk '${value}'\n`;
}

function splitOnce(source: string): [string, string] {
  const colon = source.indexOf(":");
  return colon < 0 ? ["", ""] : [source.slice(0, colon), source.slice(colon + 1)];
}
