/** Pools: named groups of guests and storages. */

import { AppError } from "../../../agents/base/errors.ts";
import { named, setNamed } from "../../cluster/named.ts";
import { badParameter } from "../../cluster/options.ts";
import type { Json, Row } from "../../cluster/state.ts";
import { type Call, type Handlers, has, isOn, list, may, read, require, text, write } from "../call.ts";
import { guestMember, poolOf } from "../guest-rows.ts";
import { membersOf, requirePool } from "../pool-members.ts";
import { sectionsOf } from "./sections.ts";

export const poolRoutes: Handlers = {
  "GET /pools": read((call) => {
    const pools = Object.keys(sectionsOf(call.state, "pools")).filter((id) =>
      may(call, `/pool/${id}`, "Pool.Audit"),
    );
    if (!has(call, "poolid")) return pools.map((poolid) => ({ poolid, ...commentOf(call, poolid) }));
    return [{ poolid: text(call, "poolid"), ...whole(call) }];
  }),
  "POST /pools": write((call) => {
    const id = text(call, "poolid");
    if (named(sectionsOf(call.state, "pools"), id))
      throw new AppError("conflict", `create pool failed: pool '${id}' already exists`);
    setNamed(sectionsOf(call.state, "pools"), id, { comment: text(call, "comment"), vms: "", storage: "" });
    return null;
  }),
  "PUT /pools": write(change),
  "DELETE /pools": write(remove),
  "GET /pools/{poolid}": read((call) => whole(call)),
  "PUT /pools/{poolid}": write(change),
  "DELETE /pools/{poolid}": write(remove),
};

function commentOf(call: Call, id: string): Row {
  const { comment } = requirePool(call.state, id);
  return comment ? { comment } : {};
}

function whole(call: Call): Row {
  const id = text(call, "poolid");
  const row = requirePool(call.state, id);
  return { ...commentOf(call, id), members: members(call, row) };
}

function members(call: Call, row: Row): Json {
  const guests = membersOf(row, "vms").flatMap((vmid) =>
    call.state.guests.filter((guest) => String(guest.vmid) === vmid),
  );
  const storages = membersOf(row, "storage");
  const wanted = text(call, "type");
  const rows: Row[] = [
    ...guests.map(guestMember),
    ...call.state.nodes.flatMap(({ name, storages: own }) =>
      own
        .filter((one) => storages.includes(one.name))
        .map((one) => ({
          id: `storage/${name}/${one.name}`,
          type: "storage",
          node: name,
          storage: one.name,
          status: "available",
        })),
    ),
  ];
  return wanted ? rows.filter(({ type }) => type === wanted) : rows;
}

function change(call: Call): null {
  const id = text(call, "poolid");
  const row = requirePool(call.state, id);
  if (has(call, "comment")) row["comment"] = text(call, "comment");
  for (const vmid of list(call, "vms")) changeGuest(call, { id, vmid });
  for (const name of list(call, "storage")) {
    const before = membersOf(row, "storage").filter((one) => one !== name);
    row["storage"] = (isOn(call, "delete") ? before : [...before, name]).join(",");
  }
  return null;
}

function changeGuest(call: Call, { id, vmid }: { id: string; vmid: string }): void {
  const row = requirePool(call.state, id);
  require(call, `/vms/${vmid}`, "VM.Allocate", "Pool.Allocate");
  if (!call.state.guests.some((guest) => String(guest.vmid) === vmid))
    throw new AppError("conflict", `VM ${vmid} does not exist`);
  const current = poolOf(call.state, Number(vmid));
  if (isOn(call, "delete")) {
    if (current !== id) throw new AppError("conflict", `VM ${vmid} is not a pool member`);
    row["vms"] = membersOf(row, "vms")
      .filter((one) => one !== vmid)
      .join(",");
    return;
  }
  if (current === id) throw new AppError("conflict", `VM ${vmid} is already a pool member`);
  if (current && !isOn(call, "allow-move"))
    throw new AppError(
      "conflict",
      `VM ${vmid} belongs already to pool '${current}' and 'allow-move' is not set`,
    );
  if (current) {
    const other = requirePool(call.state, current);
    other["vms"] = membersOf(other, "vms")
      .filter((one) => one !== vmid)
      .join(",");
  }
  row["vms"] = [...membersOf(row, "vms"), vmid].join(",");
}

function remove(call: Call): null {
  const id = text(call, "poolid");
  const row = requirePool(call.state, id);
  const guests = membersOf(row, "vms").filter((vmid) =>
    call.state.guests.some((guest) => String(guest.vmid) === vmid),
  );
  const [vmid] = guests;
  const [store] = membersOf(row, "storage");
  if (vmid ?? store)
    throw new AppError(
      "conflict",
      `delete pool failed: pool '${id}' is not empty (contains ${vmid ? `VM ${vmid}` : `storage '${store}'`})`,
    );
  if (Object.keys(sectionsOf(call.state, "pools")).some((other) => other.startsWith(`${id}/`)))
    throw badParameter("poolid", `pool '${id}' has sub-pools`);
  delete sectionsOf(call.state, "pools")[id];
  return null;
}
