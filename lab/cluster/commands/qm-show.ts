/** What `qm` shows: the list, one configuration, one status. */
import { isDrive } from "../drives.ts";
import { guestOf } from "../guests.ts";
import { type ParsedOptions, vmidOf } from "../options.ts";
import { type CommandOutcome, succeeded } from "../outcome.ts";
import { memoryBytes } from "../power.ts";
import type { Guest } from "../state.ts";
import { driveBytes } from "../storage.ts";
import type { Run } from "./program.ts";

/** Nothing at all when there is no guest, as on a real node. */
export function qmList({ store, node }: Run): CommandOutcome {
  const guests = store.state().guests.filter((guest) => guest.node === node);
  if (guests.length === 0) return succeeded();
  const rows = guests.sort((a, b) => a.vmid - b.vmid).map(listCells);
  return succeeded(
    [["VMID", "NAME", "STATUS", "MEM(MB)", "BOOTDISK(GB)", "PID"], ...rows].map(listLine).join(""),
  );
}

export function qmConfig({ store, node }: Run, parsed: ParsedOptions): CommandOutcome {
  const guest = guestOf(store.state(), { node, vmid: vmidOf(parsed.positional[0] ?? "") });
  return succeeded(configLines(guest).join(""));
}

export function qmStatus({ store, node }: Run, parsed: ParsedOptions): CommandOutcome {
  const guest = guestOf(store.state(), { node, vmid: vmidOf(parsed.positional[0] ?? "") });
  if (parsed.options["verbose"] !== "1") return succeeded(`status: ${guest.status}\n`);
  const facts = { ...statusFacts(guest), status: guest.status, vmid: guest.vmid };
  const sorted = Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1));
  return succeeded(sorted.map(([key, value]) => `${key}: ${value}\n`).join(""));
}

/** `key: value` lines, sorted, as `qm config` prints them and the file holds them. */
export function configLines(guest: Guest): string[] {
  const config = guest.template ? { ...guest.config, template: "1" } : guest.config;
  const sorted = Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([key, value]) => `${key}: ${value.replaceAll("\n", "%0A")}\n`);
}

/** Size of the first disk, bytes. */
function bootDiskBytes(guest: Guest): number {
  const disks = Object.keys(guest.config).sort().filter(isDrive);
  return Math.max(0, ...disks.slice(0, 1).map((key) => driveBytes(guest.config[key] ?? "")));
}

export function statusFacts(guest: Guest): Record<string, string | number> {
  const running = guest.status === "running";
  return {
    cpus: Number(guest.config["cores"] ?? 1) * Number(guest.config["sockets"] ?? 1),
    maxdisk: bootDiskBytes(guest),
    maxmem: memoryBytes(guest),
    mem: running ? memoryBytes(guest) : 0,
    name: guest.config["name"] ?? `VM ${guest.vmid}`,
    ...(guest.pid === null ? {} : { pid: guest.pid }),
  };
}

function listCells(guest: Guest): string[] {
  const gib = (bootDiskBytes(guest) / 1024 ** 3).toFixed(2);
  const name = guest.config["name"] ?? `VM ${guest.vmid}`;
  return [
    String(guest.vmid),
    name,
    guest.status,
    String(memoryBytes(guest) / 1024 ** 2),
    gib,
    String(guest.pid ?? 0),
  ];
}

function listLine([vmid = "", name = "", status = "", memory = "", disk = "", pid = ""]: string[]): string {
  const cells = [
    vmid.padStart(10),
    name.padEnd(20),
    status.padEnd(10),
    memory.padEnd(10),
    disk.padStart(12),
    pid.padEnd(10),
  ];
  return `${cells.join(" ")}\n`;
}
