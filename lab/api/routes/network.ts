/** Interfaces of a node: what /etc/network/interfaces says of them, and the reload that makes it so. */

import { AppError } from "../../../agents/base/errors.ts";
import { setNamed } from "../../cluster/named.ts";
import { dropFile, keepFile } from "../../cluster/node-storage-files.ts";
import { badParameter } from "../../cluster/options.ts";
import type { ClusterNode, Json, Row } from "../../cluster/state.ts";
import { type Call, type Handlers, has, list, read, text, without, write } from "../call.ts";
import { interfacesFile } from "../interfaces-file.ts";
import { nodeAt } from "./nodes.ts";
import { sectionsOf } from "./sections.ts";

const BASE = "/nodes/{node}/network";

export const networkRoutes: Handlers = {
  [`GET ${BASE}`]: read((call) => {
    const type = text(call, "type");
    const rows = [...interfaces(call)].map(([iface, row]) => ({ iface, ...row }) as Row);
    return type
      ? rows.filter((row) =>
          /any_bridge|any_local_bridge/.test(type) ? row["type"] === "bridge" : row["type"] === type,
        )
      : rows;
  }),
  [`POST ${BASE}`]: write(create),
  [`PUT ${BASE}`]: { kind: "task", task: "srvreload", id: () => "networking", run: reload },
  [`DELETE ${BASE}`]: write((call) => {
    dropFile(call.state, text(call, "node"), PENDING);
    return null;
  }),
  [`GET ${BASE}/{iface}`]: read((call) => ({ ...interfaceAt(call) })),
  [`PUT ${BASE}/{iface}`]: write((call) => {
    const before = interfaceAt(call);
    const kept = { ...before };
    for (const name of list(call, "delete")) delete kept[name];
    store(call, text(call, "iface"), complete(text(call, "iface"), { ...kept, ...settings(call) }));
    return null;
  }),
  [`DELETE ${BASE}/{iface}`]: write((call) => {
    interfaceAt(call);
    remove(call, text(call, "iface"));
    return null;
  }),
};

function settings(call: Call): Row {
  return without(call.params, "node", "iface", "delete");
}

function store(call: Call, iface: string, row: Row): void {
  setNamed(sectionsOf(call.state, `network/${text(call, "node")}`), iface, row);
  keepText(call, PENDING);
}

const IN_FORCE = "/etc/network/interfaces";
const PENDING = `${IN_FORCE}.new`;

function keepText(call: Call, path: string): void {
  const content = interfacesFile(interfaces(call));
  const sizeBytes = Buffer.byteLength(content);
  keepFile(call.state, { node: text(call, "node"), path, sizeBytes, text: content });
}

/** Without anything pending the file stays as it is: somebody may have written it by hand. */
function reload(call: Call): string {
  if (dropFile(call.state, text(call, "node"), PENDING)) keepText(call, IN_FORCE);
  return "";
}

/** What the installer made is there until it is said that it is not. */
function remove(call: Call, iface: string): void {
  const node = nodeAt(call);
  if (installed(node).some(([name]) => name === iface)) store(call, iface, { isRemoved: 1 });
  else {
    delete sectionsOf(call.state, `network/${node.name}`)[iface];
    keepText(call, PENDING);
  }
}

/** What the installer made, and what was changed since; in the order of their priorities. */
export function interfaces(call: Pick<Call, "state" | "params">): Map<string, Row> {
  const node = nodeAt(call as Call);
  const own = Object.entries(call.state.sections[`network/${node.name}`] ?? {});
  const all = new Map<string, Row>([...installed(node), ...own]);
  return new Map(
    [...all]
      .filter(([, row]) => row["isRemoved"] !== 1)
      .map(([iface, row], at): [string, Row] => [
        iface,
        { ...row, priority: Number(row["priority"] ?? 3 + at) },
      ]),
  );
}

function installed({ address }: ClusterNode): [string, Row][] {
  const bridge = {
    method: "static",
    method6: "manual",
    address,
    netmask: "24",
    cidr: `${address}/24`,
    gateway: "192.168.10.1",
  };
  return [
    [
      "nic0",
      {
        type: "eth",
        method: "manual",
        method6: "manual",
        active: 1,
        exists: 1,
        families: ["inet"],
        priority: 3,
        altnames: ["eno1"],
      },
    ],
    [
      "vmbr0",
      {
        type: "bridge",
        ...bridge,
        active: 1,
        autostart: 1,
        bridge_ports: "nic0",
        bridge_stp: "off",
        bridge_fd: "0",
        families: ["inet"],
        priority: 4,
        exists: 1,
      },
    ],
  ];
}

function interfaceAt(call: Call): Row {
  const row = interfaces(call).get(text(call, "iface"));
  if (!row) throw badParameter("iface", "interface does not exist");
  return row;
}

function create(call: Call): Json {
  const iface = text(call, "iface");
  const present = interfaces(call);
  if (present.has(iface)) throw badParameter("iface", "interface already exists");
  const gateway = [...present.values()].find((row) => row["gateway"]);
  if (has(call, "gateway") && gateway)
    throw badParameter("gateway", `Default gateway already exists on interface 'vmbr0'.`);
  const row = complete(iface, settings(call));
  if (row["type"] === "vlan" && !present.has(String(row["vlan-raw-device"])))
    throw badParameter("vlan-raw-device", `interface '${row["vlan-raw-device"]}' does not exist`);
  store(call, iface, { ...row, priority: 3 + present.size });
  return null;
}

/** What follows from what was said: an address of a CIDR, the device and number of a VLAN, a bridge's defaults. */
function complete(iface: string, given: Row): Row {
  const row: Row = {
    families: given["cidr6"] ? ["inet", "inet6"] : ["inet"],
    active: 1,
    exists: 1,
    ...given,
  };
  if (given["cidr"])
    Object.assign(row, split(String(given["cidr"]), { address: "address", netmask: "netmask" }));
  else if (given["address"] && given["netmask"]) row["cidr"] = `${given["address"]}/${given["netmask"]}`;
  if (given["cidr6"])
    Object.assign(row, split(String(given["cidr6"]), { address: "address6", netmask: "netmask6" }));
  row["method"] = row["address"] ? "static" : "manual";
  row["method6"] = row["address6"] ? "static" : "manual";
  if (typeof given["comments"] === "string") row["comments"] = `${given["comments"].trimEnd()}\n`;
  if (row["type"] === "bridge") {
    const vlans = row["bridge_vlan_aware"] === 1 ? { bridge_vids: "2-4094" } : {};
    Object.assign(row, {
      bridge_ports: "",
      bridge_stp: "off",
      bridge_fd: "0",
      ...vlans,
      ...keep(row, "bridge_ports", "bridge_vids"),
    });
  }
  if (row["type"] === "vlan") {
    const [, device = "", id = ""] = /^(.+)\.(\d{1,4})$/.exec(iface) ?? [];
    const named = /^vlan(\d{1,4})$/.exec(iface)?.[1];
    row["vlan-id"] = String(row["vlan-id"] ?? (id || named || ""));
    row["vlan-raw-device"] = row["vlan-raw-device"] ?? device;
    if (!row["vlan-id"]) throw new AppError("conflict", `unable to get vlan id of '${iface}'`);
  }
  for (const name of ["mtu", "vlan-id"]) if (row[name] !== undefined) row[name] = String(row[name]);
  return row;
}

function split(cidr: string, names: { address: string; netmask: string }): Row {
  const [address = "", netmask = ""] = cidr.split("/");
  return { [names.address]: address, [names.netmask]: netmask };
}

function keep(row: Row, ...names: string[]): Row {
  return Object.fromEntries(names.flatMap((name) => (row[name] === undefined ? [] : [[name, row[name]]])));
}
