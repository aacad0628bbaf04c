/** Nodes: list, state, versions, services, time, DNS, hosts, settings, and what they are made of. */

import { createHash } from "node:crypto";
import { AppError } from "../../../agents/base/errors.ts";
import { KERNEL, MANAGER, REPOSITORY_ID } from "../../cluster/commands/pveversion.ts";
import { named } from "../../cluster/named.ts";
import { badParameter } from "../../cluster/options.ts";
import { usedMemoryBytes } from "../../cluster/power.ts";
import type { ClusterNode, Json, Row } from "../../cluster/state.ts";
import { nodeOf, usedBytes } from "../../cluster/storage.ts";
import { type Call, type Handlers, has, list, may, read, text, without, write } from "../call.ts";

export const VERSION = {
  release: MANAGER.split(".").slice(0, 2).join("."),
  repoid: REPOSITORY_ID,
  version: MANAGER,
};

export const nodeRoutes: Handlers = {
  "GET /version": read(() => VERSION),
  "GET /nodes": read((call) => call.state.nodes.map((node) => nodeRow(call, node))),
  "GET /nodes/{node}/version": read(() => VERSION),
  "GET /nodes/{node}/status": read((call) => nodeStatus(call, nodeAt(call))),
  "GET /nodes/{node}/time": read((call) => {
    const timezone = String(section(call, "time")["timezone"] ?? "Etc/UTC");
    const time = Math.floor(call.now / 1000);
    return { timezone, time, localtime: time + offsetSeconds(timezone, call.now) };
  }),
  "PUT /nodes/{node}/time": write((call) => {
    const timezone = text(call, "timezone");
    if (!isTimezone(timezone)) throw badParameter("timezone", `No such timezone.`);
    return put(call, "time", { timezone });
  }),
  "GET /nodes/{node}/dns": read((call) => dnsOf(call)),
  "PUT /nodes/{node}/dns": write((call) => put(call, "dns", without(call.params, "node"))),
  "GET /nodes/{node}/hosts": read((call) => hostsOf(call)),
  "POST /nodes/{node}/hosts": write((call) => {
    const digest = text(call, "digest");
    if (digest && digest !== hostsOf(call)["digest"])
      throw new AppError(
        "conflict",
        "detected modified configuration - file changed by other user? Try again.",
      );
    return put(call, "hosts", { data: text(call, "data") });
  }),
  "GET /nodes/{node}/config": read((call) => {
    const row = section(call, "node-config");
    return has(call, "property")
      ? { [text(call, "property")]: row[text(call, "property")] ?? null }
      : { ...row, digest: digest(row) };
  }),
  "PUT /nodes/{node}/config": write((call) => {
    const kept = { ...section(call, "node-config"), ...without(call.params, "node", "delete", "digest") };
    for (const key of list(call, "delete")) delete kept[key];
    return put(call, "node-config", kept);
  }),
  "GET /nodes/{node}/netstat": read(() => []),
  "GET /nodes/{node}/report": read(
    (call) => `==== general system info ====\n\n# hostname\n${text(call, "node")}\n`,
  ),
};

export function nodeAt(call: Call): ClusterNode {
  return nodeOf(call.state, text(call, "node"));
}

export function section(call: Call, kind: string): Row {
  return named(call.state.sections[kind], text(call, "node")) ?? {};
}

export function put(call: Call, kind: string, row: Row): null {
  call.state.sections[kind] ??= {};
  call.state.sections[kind][text(call, "node")] = row;
  return null;
}

function digest(value: Json): string {
  return createHash("sha1").update(JSON.stringify(value)).digest("hex");
}

function dnsOf(call: Call): Row {
  return Object.keys(section(call, "dns")).length > 0
    ? section(call, "dns")
    : { search: "lab.example.org", dns1: "192.168.10.1" };
}

function hostsOf(call: Call): Row {
  const own = `127.0.0.1 localhost.localdomain localhost\n${nodeAt(call).address} ${text(call, "node")}.lab.example.org ${text(call, "node")}\n`;
  const data = String(section(call, "hosts")["data"] ?? own);
  return { data, digest: digest(data) };
}

/** Without Sys.Audit only what is there and whether it is up. */
export function nodeRow(call: Call, node: ClusterNode): Row {
  const [root] = node.storages;
  const bare = {
    node: node.name,
    id: `node/${node.name}`,
    type: "node",
    status: "online",
    level: "",
    ssl_fingerprint: call.settings.fingerprint,
  };
  if (!may(call, `/nodes/${node.name}`, "Sys.Audit")) return bare;
  return {
    ...bare,
    cpu: 0.02,
    maxcpu: node.cpus,
    mem: usedMemoryBytes(call.state, node),
    maxmem: node.memoryBytes,
    disk: root ? usedBytes(call.state, node.name, root) : 0,
    maxdisk: root?.totalBytes ?? 0,
    uptime: uptime(call),
  };
}

function uptime(call: Call): number {
  return Math.max(1, Math.floor((call.now - Date.parse(call.state.bootedAt)) / 1000));
}

function nodeStatus(call: Call, node: ClusterNode): Row {
  const used = usedMemoryBytes(call.state, node);
  const [root] = node.storages;
  const rootUsed = root ? usedBytes(call.state, node.name, root) : 0;
  const total = root?.totalBytes ?? 0;
  return {
    cpu: 0.02,
    wait: 0,
    idle: 0,
    uptime: uptime(call),
    loadavg: ["0.10", "0.05", "0.01"],
    cpuinfo: {
      cpus: node.cpus,
      cores: node.cpus,
      sockets: 1,
      model: node.cpuModel,
      mhz: "2000.000",
      flags: "",
      hvm: "1",
      user_hz: 100,
    },
    "current-kernel": {
      machine: "x86_64",
      release: KERNEL,
      sysname: "Linux",
      version: "#1 SMP PREEMPT_DYNAMIC",
    },
    kversion: `Linux ${KERNEL}`,
    memory: {
      free: node.memoryBytes - used,
      total: node.memoryBytes,
      used,
      available: node.memoryBytes - used,
    },
    swap: { total: 0, used: 0, free: 0 },
    rootfs: { total, used: rootUsed, free: total - rootUsed, avail: total - rootUsed },
    "boot-info": { mode: "efi", secureboot: 0 },
    ksm: { shared: 0 },
    pveversion: `pve-manager/${MANAGER}/${REPOSITORY_ID}`,
  };
}

function isTimezone(name: string): boolean {
  if (!/^[A-Za-z0-9_+/-]{1,60}$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** East of Greenwich. */
function offsetSeconds(timeZone: string, now: number): number {
  const parts = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" }).formatToParts(now);
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(parts.find(({ type }) => type === "timeZoneName")?.value ?? "");
  return match ? (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3]) * 60) : 0;
}
