/** `lvcreate`, `lvremove`, `lvextend`, `lvresize` and `resize2fs` in a node's volume group; options and words as of LVM 2.03. */
import { type CommandOutcome, failed, NOT_SIMULATED, notSimulated, succeeded } from "../outcome.ts";
import type { ClusterNode, ClusterState, PlainVolume, Volume } from "../state.ts";
import { nodeOf } from "../storage.ts";
import { EXTENT_BYTES, freeBytes, POOL, rootVolumeBytes, volumeIn } from "../volume-group.ts";
import { type LvmWords, readLvmWords, sizeOf } from "./lvm-words.ts";
import { growRoot } from "./resize-root.ts";
import type { Run } from "./run.ts";

const GROUP = "pve";

export function lvm(run: Run): CommandOutcome {
  const [program = "", ...words] = run.argv;
  if (program === "resize2fs") return growRoot(run, words);
  const given = readLvmWords(words);
  if (typeof given === "string") return notSimulated(`${program} ${given}`, NOT_SIMULATED);
  const [group, name] = placeOf(given);
  if (group !== GROUP)
    return failed(5, `  Volume group "${group}" not found\n  Cannot process volume group ${group}`);
  if (program === "lvcreate") return create(run, given);
  if (program === "lvremove") return remove(run, given, name);
  return resize(run, given, name);
}

/** Of `pve/test`, `/dev/pve/test`, `/dev/mapper/pve-test`, or of the name beside its group. */
function placeOf({ operands, name }: LvmWords): [group: string, name: string] {
  const operand = operands[0] ?? "";
  const mapped = /^\/dev\/mapper\/([a-zA-Z0-9.+_]{1,127})-((?:[^-]|--){1,200})$/.exec(operand);
  if (mapped) return [mapped[1] ?? "", (mapped[2] ?? "").replaceAll("--", "-")];
  const [group = "", volume = ""] = operand.replace(/^\/dev\//, "").split("/");
  return [group, name || volume];
}

function create(run: Run, given: LvmWords): CommandOutcome {
  const pool = given.pool || (given.isThin || given.virtual ? POOL : "");
  const name = given.name || nextName(run);
  if (!/^[a-zA-Z0-9+_.][a-zA-Z0-9+_.-]{0,126}$/.test(name))
    return failed(
      3,
      `  Logical volume name "${name}" is invalid.\n  Run \`lvcreate --help' for more information.`,
    );
  if (pool && pool !== POOL) return failed(5, `  Thin pool ${GROUP}/${pool} not found.`);
  const { store } = run.api;
  if (volumeIn(store.state(), run.node, name))
    return failed(5, `  Logical Volume "${name}" already exists in volume group "${GROUP}"`);
  const free = freeBytes(store.state(), run.node);
  const size = sizeOf(given.virtual || given.size, { free, total: free, own: 0 });
  if (size === undefined || size <= 0)
    return failed(
      3,
      "  Please specify either size or extents.\n  Run `lvcreate --help' for more information.",
    );
  const rounded = Math.ceil(size / EXTENT_BYTES) * EXTENT_BYTES;
  const note = rounded === size ? "" : `  Rounding up size to full physical extent ${inMib(rounded)}\n`;
  if (!pool && rounded > free) return short(free, rounded);
  store.change((draft) => addVolume(draft, run.node, { name, sizeBytes: rounded, pool }));
  return succeeded(`${note}  Logical volume "${name}" created.\n`);
}

/** What a storage would list is a volume of it, however it came to be. */
function addVolume(draft: ClusterState, node: string, volume: PlainVolume): void {
  const place = nodeOf(draft, node);
  const storage = place.storages.find(({ type }) => type === "lvmthin")?.name;
  const vmid = /^(?:vm|base)-(\d{3,9})-/.exec(volume.name)?.[1];
  if (!volume.pool || !storage || vmid === undefined) {
    place.plainVolumes = [...(place.plainVolumes ?? []), volume];
    return;
  }
  const { name, sizeBytes } = volume;
  const rest = { content: "images", format: "raw", createdAt: 0 } as const;
  draft.volumes.push({ node, storage, name, vmid: Number(vmid), sizeBytes, ...rest });
}

function nextName(run: Run): string {
  let at = 0;
  while (volumeIn(run.api.store.state(), run.node, `lvol${at}`)) at++;
  return `lvol${at}`;
}

function remove(run: Run, given: LvmWords, name: string): CommandOutcome {
  const found = volumeIn(run.api.store.state(), run.node, name);
  if (!found) return failed(5, `  Failed to find logical volume "${GROUP}/${name}"`);
  if (found === "root" || found === "swap")
    return failed(5, `  Logical volume ${GROUP}/${name} contains a filesystem in use.`);
  if (found === "pool") return notSimulated(`lvremove ${GROUP}/${name}`, NOT_SIMULATED);
  if ("storage" in found && isInUse(run, found))
    return failed(5, `  Logical volume ${GROUP}/${name} in use.`);
  if (!given.isSure)
    return failed(
      5,
      `Do you really want to remove active logical volume ${GROUP}/${name}? [y/n]: [n]\n  Logical volume ${GROUP}/${name} not removed.`,
    );
  run.api.store.change((draft) => {
    const node = nodeOf(draft, run.node);
    node.plainVolumes = (node.plainVolumes ?? []).filter((volume) => volume.name !== name);
    draft.volumes = draft.volumes.filter((volume) => volume.node !== run.node || volume.name !== name);
  });
  return succeeded(`  Logical volume "${name}" successfully removed.\n`);
}

function isInUse({ api }: Run, { vmid, node, name }: Volume): boolean {
  const guest = api.store.state().guests.find((one) => one.vmid === vmid && one.node === node);
  return (
    guest?.status === "running" && Object.values(guest.config).some((value) => value.includes(`:${name}`))
  );
}

function resize(run: Run, given: LvmWords, name: string): CommandOutcome {
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

function short(free: number, wanted: number): CommandOutcome {
  const extents = (bytes: number) => Math.ceil(bytes / EXTENT_BYTES);
  return failed(
    5,
    `  Volume group "${GROUP}" has insufficient free space (${extents(free)} extents): ${extents(wanted)} required.`,
  );
}

function inMib(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(2)} MiB`;
}

function inGib(bytes: number): string {
  return bytes < 1024 ** 3 ? inMib(bytes) : `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
}
