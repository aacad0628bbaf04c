/** `lvextend` and `lvresize` in a node's volume group, and what is said of sizes there. */
import { type CommandOutcome, failed, NOT_SIMULATED, notSimulated, succeeded } from "../outcome.ts";
import type { ClusterNode, ClusterState } from "../state.ts";
import { nodeOf } from "../storage.ts";
import { EXTENT_BYTES, freeBytes, rootVolumeBytes, volumeIn } from "../volume-group.ts";
import { type LvmWords, sizeOf } from "./lvm-words.ts";
import { growRoot } from "./resize-root.ts";
import type { Run } from "./run.ts";

export const GROUP = "pve";

export function resize(run: Run, given: LvmWords, name: string): CommandOutcome {
  const state = run.api.store.state();
  const found = volumeIn(state, run.node, name);
  if (!found) return failed(5, `  Failed to find logical volume "${GROUP}/${name}"`);
  if (found === "swap") return notSimulated(`${run.argv[0]} ${GROUP}/${name}`, NOT_SIMULATED);
  const node = nodeOf(state, run.node);
  const [own, free] = [sizeBefore(node, found), freeBytes(state, run.node)];
  const wanted = sizeOf(given.size, { free, total: free + own, own });
  if (wanted === undefined) return failed(3, "  Please specify either size or extents but not both.");
  const bytes = Math.ceil(wanted / EXTENT_BYTES) * EXTENT_BYTES;
  const thin = typeof found === "object" && ("storage" in found || found.pool !== "");
  if (bytes === own) return failed(5, "  New size given is the same as the existing size.");
  if (bytes < own)
    return run.argv[0] === "lvextend"
      ? failed(
          5,
          `  New size given (${bytes / EXTENT_BYTES} extents) not larger than existing size (${own / EXTENT_BYTES} extents)`,
        )
      : notSimulated(`${run.argv[0]} to less`, NOT_SIMULATED);
  if (!thin && bytes - own > free) return short(free, bytes - own);
  run.api.store.change((draft) => setSize(nodeOf(draft, run.node), draft, { found, name, bytes }));
  if (given.resizesFile && found === "root") growRoot(run, ["/dev/mapper/pve-root"]);
  const shown = (size: number) => `${inGib(size)} (${Math.ceil(size / EXTENT_BYTES)} extents)`;
  return succeeded(
    `  Size of logical volume ${GROUP}/${name} changed from ${shown(own)} to ${shown(bytes)}.\n` +
      `  Logical volume ${GROUP}/${name} successfully resized.\n`,
  );
}

type Found = NonNullable<ReturnType<typeof volumeIn>>;

function sizeBefore(node: ClusterNode, found: Found): number {
  if (found === "root") return rootVolumeBytes(node);
  if (typeof found === "object") return found.sizeBytes;
  return Math.ceil((poolOf(node)?.totalBytes ?? 0) / EXTENT_BYTES) * EXTENT_BYTES;
}

function setSize(
  node: ClusterNode,
  draft: ClusterState,
  { found, name, bytes }: { found: Found; name: string; bytes: number },
): void {
  const pool = poolOf(node);
  if (typeof found === "string") node.grownBytes = (node.grownBytes ?? 0) + bytes - sizeBefore(node, found);
  if (found === "root") node.rootVolumeBytes = bytes;
  if (found === "pool" && pool) pool.totalBytes = bytes;
  if (typeof found === "string") return;
  const all = [...(node.plainVolumes ?? []), ...draft.volumes.filter((one) => one.node === node.name)];
  for (const volume of all) if (volume.name === name) volume.sizeBytes = bytes;
}

function poolOf({ storages }: ClusterNode) {
  return storages.find(({ type }) => type === "lvmthin");
}

/** What is wanted is more than there is. */
export function short(free: number, wanted: number): CommandOutcome {
  const extents = (bytes: number) => Math.ceil(bytes / EXTENT_BYTES);
  return failed(
    5,
    `  Volume group "${GROUP}" has insufficient free space (${extents(free)} extents): ${extents(wanted)} required.`,
  );
}

export function inMib(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(2)} MiB`;
}

function inGib(bytes: number): string {
  return bytes < 1024 ** 3 ? inMib(bytes) : `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
}
