/** All guests of a node at once: started in the order of their `startup`, stopped, moved to another node. */
import { AppError } from "../../../agents/base/errors.ts";
import { startGuest, stopGuest } from "../../cluster/power.ts";
import type { Guest } from "../../cluster/state.ts";
import { nodeOf } from "../../cluster/storage.ts";
import { type Call, type Handler, type Handlers, has, isOn, list, text } from "../call.ts";
import { migrateGuest } from "./guest-migration.ts";

const NODE = "POST /nodes/{node}";

export const bulkPowerRoutes: Handlers = {
  [`${NODE}/startall`]: bulk("startall", start),
  [`${NODE}/stopall`]: bulk("stopall", stop),
  [`${NODE}/migrateall`]: {
    ...bulk("migrateall", migrate),
    begin: (call) => {
      if (text(call, "target") === text(call, "node"))
        throw new AppError("conflict", "can't migrate guests to the same node");
      nodeOf(call.state, text(call, "target"));
    },
  },
};

/** One guest's failure ends nothing for the others. */
function bulk(task: string, act: (call: Call, guest: Guest) => string): Extract<Handler, { kind: "task" }> {
  return {
    kind: "task",
    task,
    id: () => "",
    run: (call) =>
      guestsOf(call)
        .map((guest) => {
          try {
            return act(call, guest);
          } catch (error) {
            if (!(error instanceof AppError)) throw error;
            return `${error.message}\n`;
          }
        })
        .join(""),
  };
}

function guestsOf(call: Call): Guest[] {
  const wanted = list(call, "vms");
  return call.state.guests
    .filter(({ node, template }) => node === call.params["node"] && !template)
    .filter(({ vmid }) => !has(call, "vms") || wanted.includes(String(vmid)))
    .sort((one, other) => orderOf(one) - orderOf(other) || one.vmid - other.vmid);
}

function orderOf({ config }: Guest): number {
  return Number(/order=(\d+)/.exec(config["startup"] ?? "")?.[1] ?? Number.MAX_SAFE_INTEGER);
}

const title = ({ kind }: Guest) => (kind === "qemu" ? "VM" : "CT");

/** Without `force` or `vms` only those that start with the node. */
function start(call: Call, guest: Guest): string {
  const isWanted = isOn(call, "force") || has(call, "vms") || guest.config["onboot"] === "1";
  if (!isWanted || guest.status === "running") return "";
  startGuest(call.state, guest, { kind: guest.kind, now: call.now });
  return `Starting ${title(guest)} ${guest.vmid}\n`;
}

function stop(call: Call, guest: Guest): string {
  if (guest.status !== "running") return "";
  stopGuest(call.state, guest, { kind: guest.kind, by: "stop" });
  return `Stopping ${title(guest)} ${guest.vmid} (timeout = 180 seconds)\n`;
}

function migrate(call: Call, guest: Guest): string {
  const online = guest.status === "running" ? 1 : 0;
  const params = { ...call.params, vmid: guest.vmid, online, restart: online };
  return `Migrating ${title(guest)} ${guest.vmid}\n${migrateGuest({ ...call, params }, guest)}`;
}
