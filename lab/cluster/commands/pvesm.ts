/** `pvesm`: the storages of the node it runs on. */

import type { ParsedOptions } from "../options.ts";
import { type CommandOutcome, succeeded } from "../outcome.ts";
import type { ClusterState, ContentType, Storage } from "../state.ts";
import { availableBytes, nodeOf, storageOf, usedBytes, volumeId } from "../storage.ts";
import type { Run, Tool } from "./program.ts";

const REAL_BUT_MISSING =
  "add alloc apiinfo cifsscan export extractconfig free glusterfsscan import iscsiscan lvmscan lvmthinscan nfsscan " +
  "path prune-backups remove scan set zfsscan";

export const pvesm: Tool = {
  missing: REAL_BUT_MISSING.split(" "),
  subcommands: {
    status: {
      usage: "[OPTIONS]",
      positional: [],
      values: ["content", "storage"],
      flags: ["enabled"],
      execute: status,
    },
    list: {
      usage: "<storage> [OPTIONS]",
      positional: ["storage"],
      values: ["content", "vmid"],
      execute: list,
    },
  },
};

function status({ store, node }: Run, { options }: ParsedOptions): CommandOutcome {
  const state = store.state();
  if (options["storage"] !== undefined) storageOf(state, node, options["storage"]);
  const shown = nodeOf(state, node).storages.filter(
    (storage) =>
      (options["storage"] ?? storage.name) === storage.name &&
      (options["content"] === undefined || storage.content.includes(options["content"] as ContentType)),
  );
  const width = Math.max(...nodeOf(state, node).storages.map((storage) => storage.name.length), 12);
  const header = ["Name", "Type", "Status", "Total (KiB)", "Used (KiB)", "Available (KiB)", "%"];
  return succeeded(
    [header, ...shown.map((storage) => cells(state, node, storage))].map((row) => line(row, width)).join(""),
  );
}

function list({ store, node }: Run, { positional, options }: ParsedOptions): CommandOutcome {
  const state = store.state();
  const storage = storageOf(state, node, positional[0] ?? "");
  const volumes = state.volumes.filter(
    (volume) =>
      (options["content"] ?? "images") === "images" &&
      volume.node === node &&
      volume.storage === storage.name &&
      (options["vmid"] === undefined || options["vmid"] === String(volume.vmid)),
  );
  const rows = volumes.map((volume) => [
    volumeId(volume),
    "raw",
    "images",
    String(volume.sizeBytes),
    String(volume.vmid),
  ]);
  if (rows.length === 0) return succeeded();
  const width = Math.max(...rows.map(([id = ""]) => id.length));
  return succeeded(
    [["Volid", "Format", "Type", "Size", "VMID"], ...rows].map((row) => listLine(row, width)).join(""),
  );
}

function cells(state: ClusterState, node: string, storage: Storage): string[] {
  const kib = (bytes: number) => String(Math.round(bytes / 1024));
  const used = usedBytes(state, node, storage);
  const percent = `${((used / storage.totalBytes) * 100).toFixed(2)}%`;
  return [
    storage.name,
    storage.type,
    "active",
    kib(storage.totalBytes),
    kib(used),
    kib(availableBytes(state, node, storage)),
    percent,
  ];
}

function line([name = "", ...rest]: string[], width: number): string {
  const widths = [10, 10, 15, 15, 15, 8];
  return `${[name.padEnd(width), ...rest.map((cell, index) => cell.padStart(widths[index] ?? 0))].join(" ")}\n`;
}

function listLine([id = "", format = "", type = "", size = "", vmid = ""]: string[], width: number): string {
  return `${[id.padEnd(width), format.padEnd(7), type.padEnd(9), size.padStart(15), vmid].join(" ")}\n`;
}
