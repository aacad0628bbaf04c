/** Which backups of a storage a rule keeps, and the removal of the others (PVE/Storage.pm, prune_mark_backup_group). */
import { badParameter } from "../../cluster/options.ts";
import type { Row, Volume } from "../../cluster/state.ts";
import { removeVolume, volumeId, volumesAt } from "../../cluster/storage.ts";
import { type Call, type Handlers, has, read, text } from "../call.ts";
import { placeOf } from "./storage.ts";

const PATH = "/nodes/{node}/storage/{storage}/prunebackups";

/** By the beginning of the time of a backup: two of the same day begin alike. */
const RULES: readonly [string, (time: string) => string][] = [
  ["keep-last", (time) => time],
  ["keep-hourly", (time) => time.slice(0, 13)],
  ["keep-daily", (time) => time.slice(0, 10)],
  ["keep-weekly", weekOf],
  ["keep-monthly", (time) => time.slice(0, 7)],
  ["keep-yearly", (time) => time.slice(0, 4)],
];

export const pruneRoutes: Handlers = {
  [`GET ${PATH}`]: read((call) => marked(call).map(({ row }) => row)),
  [`DELETE ${PATH}`]: {
    kind: "task",
    task: "prunebackups",
    id: (params) => String(params["vmid"] ?? ""),
    begin: (call) => void rulesOf(call),
    run: (call) =>
      marked(call)
        .filter(({ row }) => row["mark"] === "remove")
        .map(({ volume, row }) => {
          removeVolume(call.state, volume);
          return `removing backup '${row["volid"]}'\n`;
        })
        .join(""),
  },
};

function rulesOf(call: Call): Map<string, number> {
  const own = placeOf(call).options["prune-backups"];
  const said = text(call, "prune-backups") || String(own ?? "keep-all=1");
  const rules = said.split(",").map((rule): [string, number] => {
    const [name = "", count = ""] = rule.split("=");
    const isKnown = name === "keep-all" || RULES.some(([known]) => known === name);
    if (!isKnown || !/^\d{1,6}$/.test(count))
      throw badParameter("prune-backups", `invalid format - format error\nprune-backups.${name}: bad rule`);
    return [name, Number(count)];
  });
  return new Map(rules);
}

type Marked = { volume: Volume; row: Row };

function marked(call: Call): Marked[] {
  const rules = rulesOf(call);
  const backups = volumesAt(call.state, text(call, "node"), placeOf(call).name)
    .filter(({ content }) => content === "backup")
    .filter(({ vmid }) => !has(call, "vmid") || vmid === call.params["vmid"])
    .filter((volume) => !has(call, "type") || typeOf(volume) === call.params["type"])
    .sort((one, other) => other.createdAt - one.createdAt);
  const groups = Map.groupBy(backups, (volume) => `${typeOf(volume)}/${volume.vmid}`);
  return [...groups.values()].flatMap((group) => {
    const kept = keptOf(group, rules);
    return group.map((volume) => {
      const mark = volume.isProtected ? "protected" : kept.has(volume) ? "keep" : "remove";
      const { createdAt: ctime, vmid } = volume;
      return { volume, row: { volid: volumeId(volume), ctime, mark, type: typeOf(volume), vmid } };
    });
  });
}

/** Newest first; each rule goes on where the one before it ended. */
function keptOf(group: readonly Volume[], rules: ReadonlyMap<string, number>): ReadonlySet<Volume> {
  const open = group.filter(({ isProtected }) => !isProtected);
  if (rules.get("keep-all") === 1 || rules.size === 0) return new Set(open);
  const kept = new Set<Volume>();
  for (const [rule, bucketOf] of RULES) {
    const bucket = (volume: Volume) => bucketOf(new Date(volume.createdAt * 1000).toISOString());
    const before = new Set(rule === "keep-last" ? [] : [...kept].map(bucket));
    const found = new Set<string>();
    for (const volume of open) {
      if (found.size >= (rules.get(rule) ?? 0)) break;
      const key = rule === "keep-last" ? volumeId(volume) : bucket(volume);
      if (kept.has(volume) || before.has(key) || found.has(key)) continue;
      found.add(key);
      kept.add(volume);
    }
  }
  return kept;
}

function typeOf({ name }: Volume): string {
  return /vzdump-(qemu|lxc)-/.exec(name)?.[1] ?? "unknown";
}

function weekOf(time: string): string {
  const day = new Date(time).getTime() / 86_400_000;
  return String(Math.floor((day + 3) / 7)); // 1970 began on a Thursday
}
