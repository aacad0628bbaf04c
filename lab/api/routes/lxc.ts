/** Containers: list, creation, configuration, deletion, their addresses. */
import { AppError } from "../../../agents/base/errors.ts";
import { changeContainer, fillContainer, requireTemplate, unpackLog } from "../../cluster/containers.ts";
import { addressOf } from "../../cluster/guest-addresses.ts";
import * as guests from "../../cluster/guests.ts";
import { badParameter } from "../../cluster/options.ts";
import { startGuest, stopGuest } from "../../cluster/power.ts";
import type { ClusterState, Guest, Json } from "../../cluster/state.ts";
import { storageOf } from "../../cluster/storage.ts";
import { type Call, type Handlers, isOn, list, may, read, text, write } from "../call.ts";
import { requireCreation, requireRoom } from "../guest-creation.ts";
import { optionsOf, requireKnown, requireOptions } from "../guest-options.ts";
import { digestOf, guestConfig, guestRow, pendingRows } from "../guest-rows.ts";
import { joinPool, requirePool } from "../pool-members.ts";
import { guestAt, ofVmid, refOf } from "./guest-power.ts";
import { forget, purge, requireNotManaged } from "./qemu.ts";

const CONFIG = "/nodes/{node}/lxc/{vmid}/config";

export const lxcRoutes: Handlers = {
  "GET /nodes/{node}/lxc": read((call) =>
    call.state.guests
      .filter(
        ({ node, kind, vmid }) =>
          node === call.params["node"] && kind === "lxc" && may(call, `/vms/${vmid}`, "VM.Audit"),
      )
      .map((guest) => guestRow(guest, call.now)),
  ),
  "POST /nodes/{node}/lxc": {
    kind: "task",
    task: "vzcreate",
    id: ofVmid,
    begin: beginCreation,
    run: create,
    undo: (call) => forget(call, "create"),
  },
  [`GET ${CONFIG}`]: read((call) => guestConfig(guestAt(call, "lxc"))),
  [`PUT ${CONFIG}`]: write(configure),
  "GET /nodes/{node}/lxc/{vmid}/pending": read((call) => pendingRows(guestAt(call, "lxc"))),
  "GET /nodes/{node}/lxc/{vmid}/interfaces": read((call) => interfaces(call.state, guestAt(call, "lxc"))),
  "DELETE /nodes/{node}/lxc/{vmid}": {
    kind: "task",
    task: "vzdestroy",
    id: ofVmid,
    begin: beginDeletion,
    run: destroy,
  },
};

function beginCreation(call: Call): void {
  const ref = refOf(call);
  const pool = text(call, "pool");
  requireCreation(call, "lxc", ref.vmid);
  if (pool) requirePool(call.state, pool);
  if (isOn(call, "restore")) throw new AppError("conflict", "lab: restoring a container is not simulated");
  requireRoom(call, { title: "CT", vmid: ref.vmid });
  const store =
    /^(?:volume=)?([\w.-]+):/.exec(text(call, "rootfs"))?.[1] ?? (text(call, "storage") || "local");
  const place = storageOf(call.state, ref.node, store);
  if (!place.content.includes("rootdir"))
    throw badParameter("storage", `storage '${store}' does not support container directories`);
  requireTemplate(call.state, ref, text(call, "ostemplate"));
  call.state.guests.push(guests.newGuest(ref, { kind: "lxc", owner: call.user, lock: "create" }));
}

function create(call: Call): string {
  const guest = guestAt(call, "lxc");
  const { template, ...options } = Object.fromEntries(
    Object.entries(call.params).map(([name, value]) => [name, String(value)]),
  );
  delete options["node"];
  delete options["vmid"];
  const log =
    fillContainer(call.state, guest, { options, now: call.now }) +
    unpackLog(call.state, guest, text(call, "ostemplate"));
  if (text(call, "pool")) joinPool(call.state, text(call, "pool"), guest.vmid);
  if (template === "1") guests.makeTemplate(call.state, refOf(call), "lxc");
  if (isOn(call, "start")) startGuest(call.state, refOf(call), { kind: "lxc", now: call.now });
  return log;
}

function configure(call: Call): null {
  const guest = guestAt(call, "lxc");
  const options = optionsOf(call.params);
  const removed = list(call, "delete");
  if (Object.keys(options).length + removed.length + list(call, "revert").length === 0)
    throw badParameter("vmid", "no options specified");
  requireKnown("lxc", removed);
  requireOptions(call, "lxc", options);
  guests.requireUnlocked(guest);
  if (text(call, "digest") && text(call, "digest") !== digestOf(guest))
    throw new AppError(
      "conflict",
      "detected modified configuration - file changed by other user? Try again.",
    );
  for (const key of removed) guests.detach(call.state, guest, key);
  call.say(changeContainer(call.state, guest, { options, now: call.now }));
  return null;
}

function beginDeletion(call: Call): void {
  const guest = guestAt(call, "lxc");
  guests.requireUnlocked(guest);
  if (guest.config["protection"] === "1")
    throw new AppError("conflict", `can't remove CT ${guest.vmid} - protection mode enabled`);
  requireNotManaged(call, guest);
  if (guest.status === "running" && !isOn(call, "force"))
    throw new AppError("conflict", `unable to destroy CT ${guest.vmid} - container is running`);
}

function destroy(call: Call): string {
  const before = guestAt(call, "lxc");
  if (before.status === "running") stopGuest(call.state, refOf(call), { kind: "lxc", by: "stop" });
  const { guest, log } = guests.destroyGuest(call.state, refOf(call), "lxc");
  return log + purge(call, guest);
}

function interfaces(state: ClusterState, guest: Guest): Json {
  if (guest.status !== "running") return null;
  const nets = Object.keys(guest.config)
    .filter((key) => /^net\d+$/.test(key))
    .sort();
  const row = (name: string, mac: string, address: { "ip-address": string; prefix: number | string }) => ({
    name,
    hwaddr: mac,
    "hardware-address": mac,
    inet: `${address["ip-address"]}/${address.prefix}`,
    "ip-addresses": [
      { "ip-address": address["ip-address"], "ip-address-type": "inet", prefix: String(address.prefix) },
    ],
  });
  const own = nets.map((key, index) => {
    const value = guest.config[key] ?? "";
    const mac = /hwaddr=([0-9A-F:]{17})/i.exec(value)?.[1]?.toLowerCase() ?? "";
    return row(/name=([^,]+)/.exec(value)?.[1] ?? `eth${index}`, mac, addressOf(state, guest, index));
  });
  return [row("lo", "00:00:00:00:00:00", { "ip-address": "127.0.0.1", prefix: 8 }), ...own];
}
