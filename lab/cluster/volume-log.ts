/** What LVM and qemu-img print while Proxmox VE has them make, change and remove images. */
import type { Storage, Volume } from "./state.ts";
import { isFileBased, pathOf } from "./storage.ts";

const EXTENT_BYTES = 4 * 1024 ** 2;
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

export function madeLog(place: Storage, volume: Volume): string {
  if (!isFileBased(place)) return lvCreated(volume.name);
  const path = pathOf(place, { ...volume, content: "images" });
  const size = `size=${volume.sizeBytes}`;
  const details =
    volume.format === "qcow2"
      ? `cluster_size=65536 extended_l2=off preallocation=metadata compression_type=zlib ${size} lazy_refcounts=off refcount_bits=16`
      : `${size} preallocation=off`;
  return `Formatting '${path}', fmt=${volume.format} ${details}\n`;
}

/** Files go in silence. */
export function removedLog(place: Storage, volume: Volume): string {
  return isFileBased(place) ? "" : lvRemoved(volume.name);
}

export function resizedLog(place: Storage, volume: Volume, fromBytes: number): string {
  if (isFileBased(place)) return "Image resized.\n";
  const shown = (bytes: number) => `${inUnits(bytes, 2)} (${Math.ceil(bytes / EXTENT_BYTES)} extents)`;
  const lv = `${place.options["vgname"] ?? place.name}/${volume.name}`;
  return (
    `  Size of logical volume ${lv} changed from ${shown(fromBytes)} to ${shown(volume.sizeBytes)}.\n` +
    `  Logical volume ${lv} successfully resized.\n`
  );
}

export function snapshotLog(
  place: Storage,
  volume: Volume,
  { name, step }: { name: string; step: "take" | "remove" | "roll back" },
): string {
  if (isFileBased(place)) return "";
  const snapshot = `snap_${volume.name}_${name}`;
  if (step === "take") return lvCreated(snapshot);
  if (step === "remove") return lvRemoved(snapshot);
  return lvRemoved(volume.name) + lvCreated(volume.name);
}

export function copiedLog(bytes: number): string {
  const size = inUnits(bytes, 1);
  return `transferred 0.0 B of ${size} (0.00%)\ntransferred ${size} of ${size} (100.00%)\n`;
}

/** `6.0 GiB`, as Proxmox VE's render_bytes. */
function inUnits(bytes: number, digits: number): string {
  const at = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  return `${(bytes / 1024 ** at).toFixed(digits)} ${UNITS[at]}`;
}

function lvCreated(name: string): string {
  return `  Logical volume "${name}" created.\n`;
}

function lvRemoved(name: string): string {
  return `  Logical volume "${name}" successfully removed.\n`;
}
