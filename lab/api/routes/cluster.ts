/** The cluster as a whole: its members, everything in it, the next free id, its options. */
import { AppError } from "../../../agents/base/errors.ts";
import { badParameter } from "../../cluster/options.ts";
import type { ClusterNode, Json, Row } from "../../cluster/state.ts";
import { usedBytes } from "../../cluster/storage.ts";
import { type Call, type Handlers, list, may, read, text, without, write } from "../call.ts";
import { guestResource } from "../guest-rows.ts";
import { nodeRow } from "./nodes.ts";

export const clusterRoutes: Handlers = {
  "GET /cluster/status": read((call) => status(call)),
  "GET /cluster/resources": read((call) => resources(call)),
  "GET /cluster/nextid": read(nextId),
  "GET /cluster/options": read((call) => shown(call.state.sections["options"]?.["datacenter"] ?? {})),
  "PUT /cluster/options": write((call) => {
    call.state.sections["options"] ??= {};
    const kept = { ...call.state.sections["options"]["datacenter"], ...without(call.params, "delete") };
    for (const key of list(call, "delete")) delete kept[key];
    call.state.sections["options"]["datacenter"] = kept;
    return null;
  }),
  "GET /cluster/config/nodes": read((call) =>
    call.state.nodes.map(({ name, id, address }) => ({
      name,
      node: name,
      nodeid: String(id),
      quorum_votes: "1",
      ring0_addr: address,
    })),
  ),
  "GET /cluster/config/join": read((call) => {
    const nodes = call.state.nodes.map(({ name, id, address }) => ({
      name,
      nodeid: String(id),
      pve_addr: address,
      pve_fp: call.settings.fingerprint,
      quorum_votes: "1",
      ring0_addr: address,
    }));
    return {
      config_digest: "0",
      nodelist: nodes,
      preferred_node: call.state.nodes[0]?.name ?? "",
      totem: { cluster_name: call.state.name, config_version: "2" },
    };
  }),
  "GET /cluster/config/totem": read((call) => ({
    cluster_name: call.state.name,
    config_version: "2",
    ip_version: "ipv4-6",
    link_mode: "passive",
    secauth: "on",
    version: "2",
  })),
  "GET /cluster/config/qdevice": read(() => ({})),
  "GET /cluster/config/apiversion": read(() => 1),
  "GET /cluster/log": read(() => []),
};

function status(call: Call): Json {
  const { state } = call;
  const cluster = {
    id: "cluster",
    name: state.name,
    nodes: state.nodes.length,
    quorate: 1,
    type: "cluster",
    version: 2,
  };
  const nodes = state.nodes.map(({ name, id, address }, at) => {
    return {
      id: `node/${name}`,
      ip: address,
      level: "",
      local: at === 0 ? 1 : 0,
      name,
      nodeid: id,
      online: 1,
      type: "node",
    };
  });
  return [cluster, ...nodes];
}

/** `vm` means guests of either kind. */
function resources(call: Call): Json {
  const { state, now } = call;
  const type = text(call, "type");
  const guests = state.guests
    .filter(({ vmid }) => may(call, `/vms/${vmid}`, "VM.Audit"))
    .map((guest) => guestResource(state, guest, now));
  const nodes = state.nodes.map((node) => nodeRow(call, node));
  const storages = state.nodes.flatMap((node) => storageResources(call, node));
  const pools = Object.keys(state.sections["pools"] ?? {}).map((pool) => ({
    id: `/pool/${pool}`,
    pool,
    type: "pool",
  }));
  const zones = state.nodes.map(({ name }) => ({
    id: `sdn/${name}/localnetwork`,
    node: name,
    sdn: "localnetwork",
    status: "ok",
    type: "sdn",
  }));
  const rows: Row[] = [...guests, ...nodes, ...storages, ...pools, ...zones];
  if (type === "") return rows;
  return rows.filter((row) =>
    type === "vm" ? row["type"] === "qemu" || row["type"] === "lxc" : row["type"] === type,
  );
}

function storageResources(call: Call, node: ClusterNode): Row[] {
  return node.storages
    .filter(({ name }) => may(call, `/storage/${name}`, "Datastore.Audit", "Datastore.AllocateSpace"))
    .map((storage) => ({
      id: `storage/${node.name}/${storage.name}`,
      type: "storage",
      node: node.name,
      storage: storage.name,
      plugintype: storage.type,
      status: "available",
      content: storage.content.join(","),
      shared: storage.options["shared"] === 1 ? 1 : 0,
      disk: usedBytes(call.state, node.name, storage),
      maxdisk: storage.totalBytes,
    }));
}

/** A hint: nothing is reserved. */
function nextId(call: Call): string {
  const taken = new Set(call.state.guests.map((guest) => guest.vmid));
  const asked = call.params["vmid"];
  if (asked !== undefined) {
    if (taken.has(Number(asked))) throw badParameter("vmid", `VM ${asked} already exists`);
    return String(asked);
  }
  const range = String(call.state.sections["options"]?.["datacenter"]?.["next-id"] ?? "");
  const set = settingsOf("next-id", range);
  const bound = (name: string, otherwise: number) => Number(set[name] ?? otherwise);
  const [lower, upper] = [bound("lower", 100), bound("upper", 1_000_000)];
  for (let vmid = lower; vmid < upper; vmid++) if (!taken.has(vmid)) return String(vmid);
  throw new AppError("conflict", `unable to get any free VMID in range [${lower}, ${upper}]`);
}

/** Property strings that the API gives as objects (parse_datacenter_config in PVE/DataCenterConfig.pm). */
function shown(options: Row): Row {
  const parsed = [
    "migration",
    "next-id",
    "ha",
    "crs",
    "notify",
    "tag-style",
    "user-tag-access",
    "u2f",
    "webauthn",
  ];
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [
      key,
      parsed.includes(key) && typeof value === "string" ? settingsOf(key, value) : value,
    ]),
  );
}

function settingsOf(key: string, value: string): Row {
  const first: Record<string, string> = { migration: "type", next: "lower" };
  return Object.fromEntries(
    value
      .split(",")
      .filter(Boolean)
      .map((part) => (part.includes("=") ? part.split("=", 2) : [first[key] ?? "value", part])),
  );
}
