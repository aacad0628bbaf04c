/** What the agent inside a virtual machine says, when there is one, it is switched on, and it has come up. */
import { AppError } from "../../../agents/base/errors.ts";
import { addressOf } from "../../cluster/guest-addresses.ts";
import type { ClusterState, Guest, Json, Row } from "../../cluster/state.ts";
import { booted, execStatus, freeze, insideOf, osInfo, realInterface } from "../agent-answers.ts";
import { type Call, type Handler, type Handlers, read, text, write } from "../call.ts";
import { guestName, hasAgent } from "../guest-rows.ts";
import { REPEATED } from "../parameters.ts";
import { guestAt } from "./guest-power.ts";

const BASE = "/nodes/{node}/qemu/{vmid}/agent";

export const agentRoutes: Handlers = {
  [`GET ${BASE}/network-get-interfaces`]: asked(interfaces),
  [`GET ${BASE}/get-host-name`]: asked((guest, call) => ({
    "host-name": insideOf(call, guest)?.hostname ?? guestName(guest),
  })),
  [`GET ${BASE}/get-osinfo`]: asked((guest, call) => osInfo(insideOf(call, guest))),
  [`GET ${BASE}/info`]: asked(() => ({ version: "8.2.2", supported_commands: [] })),
  [`GET ${BASE}/get-time`]: asked((_, call) => call.now * 1_000_000),
  [`GET ${BASE}/get-timezone`]: asked(() => ({ zone: "UTC", offset: 0 })),
  [`GET ${BASE}/get-users`]: asked(() => []),
  [`GET ${BASE}/get-fsinfo`]: asked(() => [{ name: "sda1", mountpoint: "/", type: "ext4", disk: [] }]),
  [`GET ${BASE}/get-vcpus`]: asked((guest) =>
    Array.from({ length: Number(guest.config["cores"] ?? 1) }, (_, id) => ({
      "logical-id": id,
      online: true,
      "can-offline": id > 0,
    })),
  ),
  [`POST ${BASE}/ping`]: told(() => ({})),
  [`POST ${BASE}/fstrim`]: told(() => ({ paths: [] })),
  [`POST ${BASE}/fsfreeze-status`]: told((guest, call) =>
    insideOf(call, guest)?.isFrozen ? "frozen" : "thawed",
  ),
  [`POST ${BASE}/fsfreeze-freeze`]: told((guest, call) => freeze(call, guest, true)),
  [`POST ${BASE}/fsfreeze-thaw`]: told((guest, call) => freeze(call, guest, false)),
  [`POST ${BASE}/exec`]: write((call) => {
    const inside = booted(call, reach(call));
    const argv = text(call, "command").split(REPEATED).filter(Boolean);
    return { pid: inside.start(argv, text(call, "input-data")) };
  }),
  [`GET ${BASE}/exec-status`]: read((call) => execStatus(call, booted(call, reach(call)))),
  [`POST ${BASE}/shutdown`]: told((guest) => {
    Object.assign(guest, { status: "stopped", pid: null, startedAt: null });
    return {};
  }),
};

type Answer = (guest: Guest, call: Call) => Json;

function asked(answer: Answer): Handler {
  return read((call) => ({ result: answer(reach(call), call) }));
}

function told(answer: Answer): Handler {
  return write((call) => ({ result: answer(reach(call), call) }));
}

/** AppError `conflict` in the words that clients wait on. */
function reach(call: Call): Guest {
  const guest = guestAt(call, "qemu");
  if (!hasAgent(guest)) throw new AppError("conflict", "No QEMU guest agent configured");
  if (guest.status !== "running") throw new AppError("conflict", `VM ${guest.vmid} is not running`);
  if (!isUp(call, guest)) throw new AppError("conflict", "QEMU guest agent is not running");
  return guest;
}

/** Without machines, whether an agent is in the image is a matter of the guest: `agents` `9000` with `installed` 0 has none. */
function isUp(call: Call, guest: Guest): boolean {
  if (call.settings.guests) return insideOf(call, guest)?.hasAgent === true;
  if (call.state.sections["agents"]?.[String(guest.vmid)]?.["installed"] === 0) return false;
  return call.now - (guest.startedAt ?? 0) * 1000 >= call.settings.agentDelayMs;
}

function interfaces(guest: Guest, call: Call): Json {
  const inside = insideOf(call, guest);
  if (inside) return inside.addresses.map(realInterface);
  const { state } = call;
  const nets = Object.keys(guest.config)
    .filter((key) => /^net\d+$/.test(key))
    .sort();
  return [loopback(), ...nets.map((key, index) => networkInterface(state, guest, { key, index }))];
}

function loopback(): Row {
  const address = (ip: string, kind: string, prefix: number) => ({
    "ip-address": ip,
    "ip-address-type": kind,
    prefix,
  });
  return {
    name: "lo",
    "hardware-address": "00:00:00:00:00:00",
    "ip-addresses": [address("127.0.0.1", "ipv4", 8), address("::1", "ipv6", 128)],
    statistics: statistics(),
  };
}

function networkInterface(
  state: ClusterState,
  guest: Guest,
  { key, index }: { key: string; index: number },
): Row {
  const mac = /[0-9A-F]{2}(?::[0-9A-F]{2}){5}/i.exec(guest.config[key] ?? "")?.[0] ?? "";
  return {
    name: `eth${index}`,
    "hardware-address": mac.toLowerCase(),
    "ip-addresses": [{ ...addressOf(state, guest, index), "ip-address-type": "ipv4" }],
    statistics: statistics(),
  };
}

function statistics(): Row {
  const names = ["bytes", "packets", "errs", "dropped"].flatMap((name) => [`rx-${name}`, `tx-${name}`]);
  return Object.fromEntries(names.map((name) => [name, 0]));
}
