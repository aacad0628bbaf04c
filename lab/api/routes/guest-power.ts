/** Power of guests of both kinds: start, stop, shutdown, reboot, suspend. */
import { guestOf, requireUnlocked } from "../../cluster/guests.ts";
import { StatusError } from "../../cluster/parameter-error.ts";
import { startGuest, stopGuest } from "../../cluster/power.ts";
import type { Guest, GuestKind } from "../../cluster/state.ts";
import { type Call, type Handler, type Handlers, isOn, read } from "../call.ts";
import { guestStatus } from "../guest-rows.ts";

export function refOf(call: Call): { node: string; vmid: number } {
  return { node: String(call.params["node"]), vmid: Number(call.params["vmid"]) };
}

export function guestAt(call: Call, kind: GuestKind): Guest {
  return guestOf(call.state, refOf(call), kind);
}

export const ofVmid = (params: Call["params"]) => String(params["vmid"]);

export function powerRoutes(kind: GuestKind): Handlers {
  const base = `/nodes/{node}/${kind}/{vmid}/status`;
  const prefix = kind === "qemu" ? "qm" : "vz";
  return {
    [`GET ${base}/current`]: read((call) => guestStatus(call.state, guestAt(call, kind), call.now)),
    [`POST ${base}/start`]: power(`${prefix}start`, kind, (call) =>
      startGuest(call.state, refOf(call), { kind, now: call.now }),
    ),
    [`POST ${base}/stop`]: power(`${prefix}stop`, kind, (call) =>
      stopGuest(call.state, refOf(call), { kind, by: "stop" }),
    ),
    [`POST ${base}/shutdown`]: {
      ...power(`${prefix}shutdown`, kind, (call) =>
        stopGuest(call.state, refOf(call), { kind, by: "shutdown" }),
      ),
      begin: (call) => {
        const guest = guestAt(call, kind);
        if (guest.status === "stopped")
          throw new StatusError(
            500,
            `${kind === "qemu" ? "VM" : "CT"} ${guest.vmid} not running`,
            "conflict",
          );
      },
    },
    [`POST ${base}/reboot`]: power(`${prefix}reboot`, kind, reboot),
    ...(kind === "qemu" ? { [`POST ${base}/reset`]: power("qmreset", kind, reboot) } : {}),
    [`POST ${base}/suspend`]: power(`${prefix}suspend`, kind, requireRunning),
    [`POST ${base}/resume`]: power(`${prefix}resume`, kind, requireRunning),
  };
}

function power(
  task: string,
  kind: GuestKind,
  act: (call: Call, guest: Guest) => unknown,
): Extract<Handler, { kind: "task" }> {
  return {
    kind: "task",
    task,
    id: ofVmid,
    begin: (call) => {
      const guest = guestAt(call, kind);
      if (!isOn(call, "skiplock")) requireUnlocked(guest);
    },
    run: (call) => {
      act(call, guestAt(call, kind));
      return "";
    },
  };
}

function reboot(call: Call, guest: Guest): void {
  requireRunning(call, guest);
  guest.startedAt = Math.floor(call.now / 1000);
  guest.boots = (guest.boots ?? 0) + 1;
}

function requireRunning(_call: Call, guest: Guest): void {
  if (guest.status !== "running")
    throw new StatusError(
      500,
      `${guest.kind === "qemu" ? "VM" : "CT"} ${guest.vmid} not running`,
      "conflict",
    );
}
