/** What machine a guest of the cluster's state is to be: from which files it boots, where it is in the network, as whom. */
import { volumeAt } from "../cluster/drives.ts";
import { addressOf, gatewayOf, givenAddress } from "../cluster/guest-addresses.ts";
import { memoryBytes } from "../cluster/power.ts";
import type { ClusterState, Guest, GuestKind, SystemCopy } from "../cluster/state.ts";

export type GuestPlan = {
  vmid: number;
  kind: GuestKind;
  node: string;
  name: string;
  /** Another one means that it is to begin anew. */
  boot: string;
  system: SystemCopy;
  card: Card | undefined;
  nameserver: string;
  cpus: number;
  memoryBytes: number;
  diskBytes: number;
  config: Readonly<Record<string, string>>;
  /** Of a container: what its root is let in by. */
  login: { password?: string; keys?: string };
};

/** `address` is undefined for a card without one. */
export type Card = {
  name: string;
  mac: string;
  address: { ip: string; prefix: number } | undefined;
  gateway: string | undefined;
  isPlugged: boolean;
};

const BRIDGE = "vmbr0";

/** Why there is nothing to boot, in words for its console. */
export type NoBoot = { problem: string };

export function planOf(state: ClusterState, guest: Guest, login: GuestPlan["login"]): GuestPlan | NoBoot {
  const disk = bootVolume(state, guest);
  if (disk === undefined) return { problem: "it has no disk to boot from" };
  if (disk.system === undefined)
    return { problem: `there is no image on its disk '${disk.storage}:${disk.name}' that the lab can boot` };
  const isContainer = guest.kind === "lxc";
  const { config, vmid, kind, node } = guest;
  const name = config[isContainer ? "hostname" : "name"] ?? `${isContainer ? "CT" : "VM"}${vmid}`;
  return {
    ...{ vmid, kind, node, name: name.split(".")[0] ?? name, system: disk.system, config, login },
    boot: `${guest.boots ?? 0}/${disk.system.id}`,
    card: cardOf(state, guest),
    nameserver: config["nameserver"]?.split(/[ ,]/)[0] ?? "192.168.10.1",
    cpus: Number(config["cores"] ?? 1) * Number(config["sockets"] ?? 1),
    memoryBytes: memoryBytes(guest),
    diskBytes: disk.sizeBytes,
  };
}

/** The first of its order that has a system; of a container its root. */
function bootVolume(state: ClusterState, guest: Guest) {
  const order = /order=([\w;]+)/.exec(guest.config["boot"] ?? "")?.[1]?.split(";") ?? [];
  const disks = Object.keys(guest.config)
    .filter((key) => /^(?:scsi|virtio|sata|ide)\d+$/.test(key))
    .sort();
  const keys = guest.kind === "lxc" ? ["rootfs"] : order.length > 0 ? order : disks;
  const volumes = keys.flatMap((key) => volumeAt(state, guest, key) ?? []);
  return volumes.find(({ system }) => system !== undefined) ?? volumes[0];
}

function cardOf(state: ClusterState, guest: Guest): Card | undefined {
  const settings = guest.config["net0"];
  if (settings === undefined) return undefined;
  const value = (name: string) =>
    settings
      .split(",")
      .find((part) => part.startsWith(`${name}=`))
      ?.slice(name.length + 1);
  const isContainer = guest.kind === "lxc";
  const mac = /[0-9A-F]{2}(?::[0-9A-F]{2}){5}/i.exec(settings)?.[0]?.toLowerCase();
  const isLeased = isContainer ? value("ip") === "dhcp" : true;
  const found = givenAddress(guest, 0) ?? (isLeased ? addressOf(state, guest, 0) : undefined);
  const name = isContainer ? (value("name") ?? "eth0") : "eth0";
  if (mac === undefined || !/^[\w.-]{1,15}$/.test(name)) return undefined;
  return {
    ...{ name, mac, gateway: gatewayOf(guest) },
    address: found && { ip: found["ip-address"], prefix: found.prefix },
    isPlugged: value("bridge") === BRIDGE && value("tag") === undefined && value("link_down") !== "1",
  };
}

/** Lines for ip, inside of a machine whose one card is `nic0`. */
export function linksOf(card: Card | undefined): string[] {
  if (card === undefined || !card.isPlugged) return ["link set lo up", "link delete nic0"];
  const { name, mac, address, gateway } = card;
  return [
    "link set lo up",
    `link set nic0 name ${name}`,
    `link set ${name} address ${mac}`,
    `link set ${name} up`,
    ...(address ? [`address add ${address.ip}/${address.prefix} dev ${name}`] : []),
    ...(address && gateway ? [`route add default via ${gateway} dev ${name} onlink`] : []),
  ];
}
