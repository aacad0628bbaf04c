/** Software-defined networks: zones, VNets, subnets, controllers, IPAM and DNS, and the reload that applies them. */

import { AppError } from "../../../agents/base/errors.ts";
import { named } from "../../cluster/named.ts";
import { badParameter } from "../../cluster/options.ts";
import type { Row } from "../../cluster/state.ts";
import { type Call, type Handlers, list, read, text, without, write } from "../call.ts";
import { type Collection, collectionRoutes, sectionsOf } from "./sections.ts";

const part = (kind: string, key: string, prepare?: Collection["prepare"]): Collection => ({
  kind: `sdn/${kind}`,
  path: `/cluster/sdn/${kind}`,
  key,
  noun: `sdn ${key} object ID`,
  hasDigest: true,
  missing: (id) => `sdn '${id}' does not exist`,
  ...(prepare ? { prepare } : {}),
});

const SUBNETS = "/cluster/sdn/vnets/{vnet}/subnets";

export const sdnRoutes: Handlers = {
  ...collectionRoutes(part("zones", "zone", (_call, row) => void delete row["lock-token"])),
  ...collectionRoutes(
    part("vnets", "vnet", (call, row) => {
      if (!named(sectionsOf(call.state, "sdn/zones"), String(row["zone"])))
        throw badParameter("zone", `zone ${row["zone"]} does not exist`);
      row["type"] = "vnet";
      delete row["lock-token"];
    }),
  ),
  ...collectionRoutes(part("controllers", "controller")),
  ...collectionRoutes(part("ipams", "ipam")),
  ...collectionRoutes(part("dns", "dns")),
  "PUT /cluster/sdn": { kind: "task", task: "reloadnetworkall", id: () => "", run: () => "" },
  "POST /cluster/sdn/lock": write(() => "00000000-0000-4000-8000-000000000000"),
  "DELETE /cluster/sdn/lock": write(() => null),
  "POST /cluster/sdn/rollback": write(() => null),
  [`GET ${SUBNETS}`]: read((call) =>
    Object.entries(subnets(call)).map(([subnet, row]) => shown(subnet, row)),
  ),
  [`POST ${SUBNETS}`]: write((call) => {
    const zone = String(named(sectionsOf(call.state, "sdn/vnets"), text(call, "vnet"))?.["zone"] ?? "");
    if (!zone) throw new AppError("not_found", `sdn '${text(call, "vnet")}' does not exist`);
    const cidr = text(call, "subnet");
    const [network = "", mask = ""] = cidr.split("/");
    if (!mask) throw badParameter("subnet", `${cidr} is not a valid subnet`);
    const id = `${zone}-${network}-${mask}`;
    if (named(subnets(call), id))
      throw new AppError("conflict", `sdn subnet object ID '${id}' already defined`);
    subnets(call)[id] = {
      ...without(call.params, "subnet", "lock-token"),
      type: "subnet",
      cidr,
      network,
      mask,
      zone,
    };
    return null;
  }),
  [`GET ${SUBNETS}/{subnet}`]: read((call) => shown(text(call, "subnet"), subnetAt(call))),
  [`PUT ${SUBNETS}/{subnet}`]: write((call) => {
    const row = subnetAt(call);
    Object.assign(row, without(call.params, "subnet", "vnet", "delete", "digest", "lock-token"));
    for (const name of list(call, "delete")) delete row[name];
    return null;
  }),
  [`DELETE ${SUBNETS}/{subnet}`]: write((call) => {
    subnetAt(call);
    delete subnets(call)[text(call, "subnet")];
    return null;
  }),
  "GET /nodes/{node}/sdn/zones": read((call) =>
    ["localnetwork", ...Object.keys(sectionsOf(call.state, "sdn/zones"))].map((zone) => ({
      zone,
      status: "available",
    })),
  ),
  "GET /nodes/{node}/sdn/zones/{zone}/content": read((call) =>
    Object.entries(sectionsOf(call.state, "sdn/vnets"))
      .filter(([, row]) => row["zone"] === call.params["zone"])
      .map(([vnet]) => ({ vnet, status: "available" })),
  ),
};

/** Ranges of addresses are written as property strings and read as objects. */
function shown(subnet: string, row: Row): Row {
  const ranges = row["dhcp-range"];
  if (ranges === undefined) return { subnet, ...row };
  const all = (Array.isArray(ranges) ? ranges : [ranges]).flatMap((one) => rangesOf(String(one)));
  return { subnet, ...row, "dhcp-range": all };
}

function rangesOf(text: string): Row[] {
  const parts = text.split(",").map((part) => part.split("=", 2));
  const ends = parts.filter(([name]) => name === "end-address");
  return parts
    .filter(([name]) => name === "start-address")
    .map(([, from = ""], at) => ({ "start-address": from, "end-address": ends[at]?.[1] ?? "" }));
}

function subnets(call: Call): Record<string, Row> {
  return sectionsOf(call.state, `sdn/subnets/${text(call, "vnet")}`);
}

function subnetAt(call: Call): Row {
  const row = named(subnets(call), text(call, "subnet"));
  if (!row) throw new AppError("not_found", `sdn subnet '${text(call, "subnet")}' does not exist`);
  return row;
}
