/** Guests as the API shows them: their configuration with its types, their state of the moment. */

import { createHash } from "node:crypto";
import { bootDiskBytes, configLines } from "../cluster/guest-facts.ts";
import { named } from "../cluster/named.ts";
import { memoryBytes } from "../cluster/power.ts";
import type { ClusterState, Guest, Json, Row } from "../cluster/state.ts";
import { type Parameter, parseParameters } from "./parameters.ts";
import schema from "./schema.json" with { type: "json" };

const KINDS = { qemu: typesOf("POST /nodes/{node}/qemu"), lxc: typesOf("POST /nodes/{node}/lxc") };

function typesOf(route: "POST /nodes/{node}/qemu" | "POST /nodes/{node}/lxc"): Map<string, Parameter> {
  return new Map(parseParameters(schema[route].params).map((parameter) => [parameter.name, parameter]));
}

/** Numbers for whole numbers and booleans, as Proxmox VE gives them; all else is text. */
export function typedConfig(kind: Guest["kind"], config: Readonly<Record<string, string>>): Row {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typedValue(kind, key, value)]),
  );
}

function typedValue(kind: Guest["kind"], key: string, value: string): Json {
  if (key === "cipassword") return "**********";
  const type = KINDS[kind].get(key)?.type;
  const isWhole = /^-?\d{1,15}$/.test(value);
  return (type === "integer" || type === "bool") && isWhole ? Number(value) : value;
}

export function guestConfig(guest: Guest): Row {
  const config = typedConfig(guest.kind, guest.config);
  const { description } = config;
  // A container's is read line by line, each with its end (parse_pct_config); a machine's loses what is blank at its end.
  if (guest.kind === "lxc" && description) config["description"] = `${String(description).trimEnd()}\n`;
  return { ...config, ...(guest.template ? { template: 1 } : {}), digest: digestOf(guest) };
}

/** Changes with every change of the configuration. */
export function digestOf(guest: Guest): string {
  return createHash("sha1").update(configLines(guest).join("")).digest("hex");
}

export function guestName(guest: Guest): string {
  const isVm = guest.kind === "qemu";
  return guest.config[isVm ? "name" : "hostname"] ?? `${isVm ? "VM" : "CT"}${guest.vmid}`;
}

function cpus(guest: Guest): number {
  if (guest.kind === "lxc") return Number(guest.config["cores"] ?? 1);
  return Number(
    guest.config["vcpus"] ?? Number(guest.config["cores"] ?? 1) * Number(guest.config["sockets"] ?? 1),
  );
}

export function poolOf(state: ClusterState, vmid: number): string | undefined {
  const pools = Object.entries(state.sections["pools"] ?? {});
  return pools.find(([, row]) =>
    String(row["vms"] ?? "")
      .split(",")
      .includes(String(vmid)),
  )?.[0];
}

/** What changes by the second. */
function usage(guest: Guest, now: number): Row {
  const isRunning = guest.status === "running";
  const zero = { cpu: 0, disk: 0, diskread: 0, diskwrite: 0, netin: 0, netout: 0 };
  const uptime = isRunning ? Math.max(0, Math.floor(now / 1000) - (guest.startedAt ?? 0)) : 0;
  return { ...zero, mem: isRunning ? Math.round(memoryBytes(guest) * 0.4) : 0, uptime };
}

/** A row of the list, and most of `status/current`. */
export function guestRow(guest: Guest, now: number): Row {
  const { config } = guest;
  return {
    vmid: guest.vmid,
    name: guestName(guest),
    status: guest.status,
    cpus: cpus(guest),
    maxmem: memoryBytes(guest),
    maxdisk: bootDiskBytes(guest),
    ...usage(guest, now),
    ...(guest.kind === "lxc"
      ? { type: "lxc", maxswap: Number(config["swap"] ?? 512) * 1024 ** 2, swap: 0 }
      : {}),
    ...(guest.pid === null ? {} : { pid: guest.pid }),
    ...(guest.template ? { template: 1 } : {}),
    ...(config["tags"] ? { tags: config["tags"] } : {}),
    ...(config["lock"] ? { lock: config["lock"] } : {}),
  };
}

export function guestStatus(state: ClusterState, guest: Guest, now: number): Row {
  const managed = named(
    state.sections["ha/resources"],
    `${guest.kind === "qemu" ? "vm" : "ct"}:${guest.vmid}`,
  );
  const ha: Row = managed
    ? { managed: 1, state: managed["state"] ?? "started", group: managed["group"] ?? "" }
    : { managed: 0 };
  const isVm = guest.kind === "qemu";
  return {
    ...guestRow(guest, now),
    ha,
    ...(isVm ? { qmpstatus: guest.status } : {}),
    ...(isVm && hasAgent(guest) ? { agent: 1 } : {}),
    ...(isVm && guest.status === "running"
      ? { "running-machine": "pc-i440fx-10.1+pve0", "running-qemu": "10.1.2" }
      : {}),
  };
}

/** Nothing of it waits for a restart. */
export function pendingRows(guest: Guest): Row[] {
  return Object.entries(guestConfig(guest))
    .filter(([key]) => key !== "digest")
    .map(([key, value]) => ({ key, value }));
}

/** What a guest is called by, wherever guests are listed. */
export function guestMember(guest: Guest): Row {
  return {
    id: `${guest.kind}/${guest.vmid}`,
    type: guest.kind,
    vmid: guest.vmid,
    node: guest.node,
    name: guestName(guest),
    status: guest.status,
  };
}

/** A row of /cluster/resources. */
export function guestResource(state: ClusterState, guest: Guest, now: number): Row {
  const pool = poolOf(state, guest.vmid);
  return {
    ...guestMember(guest),
    maxcpu: cpus(guest),
    maxmem: memoryBytes(guest),
    maxdisk: bootDiskBytes(guest),
    template: guest.template ? 1 : 0,
    ...usage(guest, now),
    ...(guest.config["tags"] ? { tags: guest.config["tags"] } : {}),
    ...(guest.config["lock"] ? { lock: guest.config["lock"] } : {}),
    ...(pool ? { pool } : {}),
  };
}

export function hasAgent(guest: Guest): boolean {
  return /^(?:enabled=)?1(?:,|$)/.test(guest.config["agent"] ?? "");
}
