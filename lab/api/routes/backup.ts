/** Backups of guests into a storage, and what a restore takes from one: the guest's configuration with new disks. */

import { AppError } from "../../../agents/base/errors.ts";
import { linesOf } from "../../cluster/guest-facts.ts";
import { named } from "../../cluster/named.ts";
import { keepFile, volumeAtPath } from "../../cluster/node-storage-files.ts";
import { badParameter } from "../../cluster/options.ts";
import type { Guest, Row, Storage } from "../../cluster/state.ts";
import { driveBytes, findVolume, pathOf, storageOf, volumeId } from "../../cluster/storage.ts";
import { type Call, type Handlers, isOn, list, read, text } from "../call.ts";
import { sectionsOf } from "./sections.ts";

const GIB = 1024 ** 3;
const ENDINGS: Readonly<Record<string, string>> = { zstd: ".zst", gzip: ".gz", "1": ".lzo", lzo: ".lzo" };

export const backupRoutes: Handlers = {
  "POST /nodes/{node}/vzdump": {
    kind: "task",
    task: "vzdump",
    id: (params) => (/^\d+$/.test(String(params["vmid"])) ? String(params["vmid"]) : ""),
    begin: (call) => void [targetOf(call), guestsOf(call)],
    run: backUp,
  },
  "GET /nodes/{node}/vzdump/extractconfig": read((call) => {
    const { kind: _kind, ...config } = savedAt(call, "volume");
    return linesOf(config).join("");
  }),
};

function targetOf(call: Call): Storage | undefined {
  if (text(call, "dumpdir")) return undefined;
  const place = storageOf(call.state, text(call, "node"), text(call, "storage") || "local");
  if (!place.content.includes("backup"))
    throw new AppError("conflict", `storage '${place.name}' does not support backups`);
  return place;
}

/** Ids that are no guest of the node's are left out, unless they are no guest's at all. */
function guestsOf(call: Call): (Guest | number)[] {
  const here = call.state.guests.filter(({ node }) => node === call.params["node"]);
  if (isOn(call, "all")) return here.filter(({ vmid }) => !list(call, "exclude").includes(String(vmid)));
  const ids = list(call, "vmid").map(Number);
  if (ids.length === 0) throw badParameter("vmid", "property is missing and it is not optional");
  const elsewhere = call.state.guests.filter((guest) => !here.includes(guest)).map(({ vmid }) => vmid);
  return ids.filter((id) => !elsewhere.includes(id)).map((id) => here.find(({ vmid }) => vmid === id) ?? id);
}

function backUp(call: Call): string {
  const { node: _node, vmid = "", ...options } = call.params;
  const words = Object.entries(options).map(([name, value]) => ` --${name} ${value}`);
  const ids = String(vmid)
    .split(/[,;\s]+/)
    .join(" ");
  const lines = [`starting new backup job: vzdump ${ids}${words.join("")}`];
  let failures = 0;
  for (const guest of guestsOf(call)) {
    if (typeof guest !== "number") lines.push(...backUpOne(call, guest));
    else {
      failures++;
      lines.push(
        `!Backup of VM ${guest} failed - unable to find VM '${guest}'`,
        `Failed at ${stamp(call.now, " ")}`,
      );
    }
  }
  lines.push(`Backup job finished ${failures > 0 ? "with errors" : "successfully"}`);
  const log = lines
    .map((line) => (line.startsWith("!") ? `ERROR: ${line.slice(1)}` : `INFO: ${line}`))
    .join("\n");
  if (failures > 0) throw new AppError("conflict", `job errors`, { cause: log });
  return `${log}\n`;
}

/** `2026-02-26 15:22:49`, or as in the name of a backup. */
function stamp(now: number, form: " " | "_"): string {
  const iso = new Date(now).toISOString().slice(0, 19);
  if (form === " ") return iso.replace("T", " ");
  return iso.replaceAll("-", "_").replace("T", "-").replaceAll(":", "_");
}

function backUpOne(call: Call, guest: Guest): string[] {
  const place = targetOf(call);
  const [title, kind, format] = guest.kind === "qemu" ? ["VM", "qemu", "vma"] : ["CT", "lxc", "tar"];
  const file = `vzdump-${kind}-${guest.vmid}-${stamp(call.now, "_")}.${format}${ENDINGS[text(call, "compress")] ?? ""}`;
  const disks = Object.entries(guest.config).filter(([, value]) => driveBytes(value) > 0);
  const sizeBytes = Math.max(
    4096,
    Math.round(disks.reduce((sum, [, value]) => sum + driveBytes(value), 0) / 8),
  );
  const path = place ? pathOf(place, { name: file, content: "backup" }) : `${text(call, "dumpdir")}/${file}`;
  const isRunning = guest.status === "running";
  const log = [
    `Starting Backup of VM ${guest.vmid} (${kind})`,
    `Backup started at ${stamp(call.now, " ")}`,
    `status = ${guest.status}`,
    `backup mode: ${isRunning ? text(call, "mode") || "snapshot" : "stop"}`,
    "ionice priority: 7",
    `${title} Name: ${guest.config["name"] ?? guest.config["hostname"] ?? ""}`,
    ...disks.map(
      ([key, value]) => `include disk '${key}' '${value.split(",")[0]}' ${/size=([^,]+)/.exec(value)?.[1]}`,
    ),
    `creating vzdump archive '${path}'`,
    ...(kind === "qemu" && !isRunning ? ["starting kvm to execute backup task"] : []),
    `archive file size: ${(sizeBytes / 1024 ** 2).toFixed(2)}MB`,
    `Finished Backup of VM ${guest.vmid} (00:00:01)`,
    `Backup finished at ${stamp(call.now, " ")}`,
  ];
  const id = place ? keep(call, guest, { place, file, sizeBytes }) : undefined;
  keepFiles(call, guest, { path, sizeBytes, id, log });
  return log;
}

type Archive = {
  path: string;
  sizeBytes: number /** Undefined outside of storages. */;
  id: string | undefined;
  log: string[];
};

/** The log beside the archive, and the archive itself where no storage has it. */
function keepFiles(call: Call, guest: Guest, { path, sizeBytes, id, log }: Archive): void {
  const [node, of] = [text(call, "node"), id === undefined ? {} : { of: id }];
  const lines = log.map((line) => `${stamp(call.now, " ")} INFO: ${line}\n`).join("");
  keepFile(call.state, { node, path: logPath(path), sizeBytes: lines.length, text: lines, ...of });
  if (id !== undefined) return;
  keepFile(call.state, { node, path, sizeBytes });
  sectionsOf(call.state, "backups")[`${node}:${path}`] = { kind: guest.kind, ...guest.config };
}

/** `vzdump-qemu-100-2026_02_26-15_22_49.log` beside `.vma.zst`. */
function logPath(path: string): string {
  return path.replace(/\.(?:vma|tar)(?:\.[a-z]+)?$/, ".log");
}

function keep(
  call: Call,
  guest: Guest,
  { place, file, sizeBytes }: { place: Storage; file: string; sizeBytes: number },
): string {
  const node = text(call, "node");
  const name = `backup/${file}`;
  const format = file.replace(/^.*\d\.(?=vma|tar)/, "");
  const createdAt = Math.floor(call.now / 1000);
  const { vmid } = guest;
  call.state.volumes.push({
    node,
    storage: place.name,
    name,
    vmid,
    sizeBytes,
    content: "backup",
    format,
    createdAt,
  });
  const id = volumeId({ storage: place.name, name });
  sectionsOf(call.state, "backups")[id] = { kind: guest.kind, ...guest.config };
  return id;
}

/** What a guest is to be made with that is restored from the backup of the call: new disks of the same sizes. */
export function restoredOptions(call: Call): Record<string, string> {
  const entries = Object.entries(savedAt(call, "archive")).filter(
    ([key]) => !/^(?:kind|unused\d+|lock|meta)$/.test(key),
  );
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      driveBytes(String(value)) > 0 ? newDisk(call, String(value)) : String(value),
    ]),
  );
}

/** The configuration in the backup that a parameter names. */
function savedAt(call: Call, parameter: string): Row {
  const [node, given] = [text(call, "node"), text(call, parameter)];
  const volume = given.startsWith("/")
    ? volumeAtPath(call.state, node, given)
    : findVolume(call.state, node, given);
  const id = volume ? volumeId(volume) : `${node}:${given}`;
  const saved = named(sectionsOf(call.state, "backups"), id);
  if (saved) return saved;
  throw new AppError("conflict", `can't find archive file '${given}'`);
}

function newDisk(call: Call, drive: string): string {
  const [file = "", ...rest] = drive.split(",").filter((part) => !part.startsWith("size="));
  const place = text(call, "storage") || file.split(":")[0];
  return [`${place}:${driveBytes(drive) / GIB}`, ...rest].join(",");
}
