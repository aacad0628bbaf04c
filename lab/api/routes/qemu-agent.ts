/** What the agent inside a virtual machine says, when there is one, it is switched on, and it has come up. */
import { AppError } from "../../../agents/base/errors.ts";
import type { Guest, Json, Row } from "../../cluster/state.ts";
import { type Call, type Handler, type Handlers, read, write } from "../call.ts";
import { guestName, hasAgent } from "../guest-rows.ts";
import { guestAt } from "./guest-power.ts";

const BASE = "/nodes/{node}/qemu/{vmid}/agent";

export const agentRoutes: Handlers = {
  [`GET ${BASE}/network-get-interfaces`]: asked(interfaces),
  [`GET ${BASE}/get-host-name`]: asked((guest) => ({ "host-name": guestName(guest) })),
  [`GET ${BASE}/get-osinfo`]: asked(() => ({
    id: "ubuntu",
    name: "Ubuntu",
    "pretty-name": "Ubuntu 24.04.3 LTS",
    "version-id": "24.04",
    "kernel-release": "6.8.0-79-generic",
    machine: "x86_64",
  })),
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
  [`POST ${BASE}/fsfreeze-status`]: told(() => "thawed"),
  [`POST ${BASE}/fsfreeze-freeze`]: told(() => 1),
  [`POST ${BASE}/fsfreeze-thaw`]: told(() => 1),
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

/** Whether an agent is in the image at all is a matter of the guest: `agents` `9000` with `installed` 0 has none. */
function isUp(call: Call, guest: Guest): boolean {
  if (call.state.sections["agents"]?.[String(guest.vmid)]?.["installed"] === 0) return false;
  return call.now - (guest.startedAt ?? 0) * 1000 >= call.settings.agentDelayMs;
}

function interfaces(guest: Guest): Json {
  const nets = Object.keys(guest.config)
    .filter((key) => /^net\d+$/.test(key))
    .sort();
  return [loopback(), ...nets.map((key, index) => networkInterface(guest, key, index))];
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

function networkInterface(guest: Guest, key: string, index: number): Row {
  const mac = /[0-9A-F]{2}(?::[0-9A-F]{2}){5}/i.exec(guest.config[key] ?? "")?.[0] ?? "";
  return {
    name: `eth${index}`,
    "hardware-address": mac.toLowerCase(),
    "ip-addresses": [{ ...addressOf(guest, index), "ip-address-type": "ipv4" }],
    statistics: statistics(),
  };
}

/** Of its cloud-init configuration, or a lease that goes by its id. */
export function addressOf(guest: Guest, index: number): { "ip-address": string; prefix: number } {
  const settings = guest.config[guest.kind === "lxc" ? `net${index}` : `ipconfig${index}`] ?? "";
  const given = /(?:^|,)ip=(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})/.exec(settings);
  if (given) return { "ip-address": given[1] ?? "", prefix: Number(given[2]) };
  return { "ip-address": `192.168.10.${50 + ((guest.vmid + index) % 150)}`, prefix: 24 };
}

function statistics(): Row {
  const names = ["bytes", "packets", "errs", "dropped"].flatMap((name) => [`rx-${name}`, `tx-${name}`]);
  return Object.fromEntries(names.map((name) => [name, 0]));
}
