/** What `qm` and `pct` print of what the API answers. */
import { linesOf } from "../guest-facts.ts";
import type { Json, Row } from "../state.ts";
import type { Given } from "./command.ts";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

export function rowsOf(data: Json): Row[] {
  return Array.isArray(data) ? (data as Row[]) : [];
}

export function printConfig(data: Json): string {
  const { digest: _digest, ...config } = data as Row;
  if (config["description"]) config["description"] = encodeText(String(config["description"]));
  return linesOf(config).join("");
}

/** As encode_text of PVE/Tools.pm: no line's end, no colon, nothing but ASCII. */
function encodeText(text: string): string {
  return text.toWellFormed().replace(/[^ -9;-~]/gu, encodeURIComponent);
}

export function printStatus(data: Json, given: Given): string {
  const facts = data as Row;
  if (given["verbose"] !== "1") return `status: ${facts["qmpstatus"] ?? facts["status"]}\n`;
  const { cpu: _cpu, ...shown } = facts;
  const sorted = Object.entries(shown).sort(([one], [other]) => (one < other ? -1 : 1));
  return sorted
    .map(([key, value]) => `${key}: ${typeof value === "object" ? JSON.stringify(value) : value}\n`)
    .join("");
}

export function printPending(data: Json): string {
  const rows = rowsOf(data).toSorted((one, other) => (String(one["key"]) < String(other["key"]) ? -1 : 1));
  return rows.map(({ key, value }) => `cur ${key}: ${String(value).replaceAll("\n", "%0A")}\n`).join("");
}

/** Nothing at all when there is no guest, as on a real node. */
export function printVirtualMachines(data: Json): string {
  const rows = byNumber(data).map((row) => [
    ...[String(row["vmid"]), String(row["name"]), String(row["status"])],
    ...[String(Number(row["maxmem"]) / MIB), (Number(row["maxdisk"]) / GIB).toFixed(2)],
    String(row["pid"] ?? 0),
  ]);
  if (rows.length === 0) return "";
  return [["VMID", "NAME", "STATUS", "MEM(MB)", "BOOTDISK(GB)", "PID"], ...rows].map(machineLine).join("");
}

export function printContainers(data: Json): string {
  const rows = byNumber(data).map((row) =>
    [row["vmid"], row["status"], row["lock"] ?? "", row["name"]].map(String),
  );
  if (rows.length === 0) return "";
  return [["VMID", "Status", "Lock", "Name"], ...rows].map(containerLine).join("");
}

/** `update VM 100: -cores 2`, and what the change itself printed after it. */
export function printUpdate(_data: Json, given: Given): string {
  const sorted = Object.entries(given)
    .filter(([name]) => name !== "vmid")
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const shown = sorted.map(([name, value]) => `-${name} ${name === "cipassword" ? "<hidden>" : value}`);
  return `update VM ${given["vmid"]}: ${shown.join(" ")}\n`;
}

/** A tree, each snapshot one blank further in than the one before it. */
export function printSnapshots(data: Json): string {
  const rows = rowsOf(data);
  const below = (parent: Json | undefined, prefix: string): string =>
    rows
      .filter((row) => row["parent"] === parent)
      .map(
        (row) =>
          snapshotLine(row, prefix) + (row["name"] === "current" ? "" : below(row["name"], ` ${prefix}`)),
      )
      .join("");
  return below(undefined, "`->");
}

function snapshotLine(row: Row, prefix: string): string {
  const taken = row["snaptime"] === undefined ? "" : new Date(Number(row["snaptime"]) * 1000).toISOString();
  const time = taken.slice(0, 19).replace("T", " ");
  const [description = ""] = String(row["description"] || "no-description").split("\n");
  const name = String(row["name"]).padEnd(Math.max(0, 30 - prefix.length));
  return `${prefix} ${name} ${time.padEnd(23)} ${description}\n`;
}

function byNumber(data: Json): Row[] {
  return rowsOf(data).toSorted((one, other) => Number(one["vmid"]) - Number(other["vmid"]));
}

function machineLine([
  vmid = "",
  name = "",
  status = "",
  memory = "",
  disk = "",
  pid = "",
]: string[]): string {
  const start = [vmid.padStart(10), name.padEnd(20), status.padEnd(10), memory.padEnd(10)];
  return `${[...start, disk.padStart(12), pid.padEnd(10)].join(" ")}\n`;
}

function containerLine([vmid = "", status = "", lock = "", name = ""]: string[]): string {
  return `${[vmid.padEnd(10), status.padEnd(10), lock.padEnd(12), name.padEnd(20)].join(" ")}\n`;
}
