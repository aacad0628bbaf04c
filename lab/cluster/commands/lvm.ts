/** `lvcreate`, `lvremove`, `lvextend`, `lvresize` and `resize2fs` in a node's volume group; options and words as of LVM 2.03. */
import { type CommandOutcome, failed, NOT_SIMULATED, notSimulated, succeeded } from "../outcome.ts";
import type { ClusterState, PlainVolume, Volume } from "../state.ts";
import { nodeOf } from "../storage.ts";
import { EXTENT_BYTES, freeBytes, POOL, volumeIn } from "../volume-group.ts";
import { GROUP, inMib, resize, short } from "./lvm-resize.ts";
import { type LvmWords, readLvmWords, sizeOf } from "./lvm-words.ts";
import { growRoot } from "./resize-root.ts";
import type { Run } from "./run.ts";

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
