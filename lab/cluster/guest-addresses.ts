/** Where guests are in the network: what their configuration says, or a lease of the lab, which depends on who else is there. */
import type { ClusterState, Guest } from "./state.ts";

export type GuestAddress = { "ip-address": string; prefix: number };

const FIRST = 50;
const COUNT = 150;

/** Of its cloud-init configuration or that of its card, or a lease: from 192.168.10.50 to .199, by its number where that is free. */
export function addressOf(state: ClusterState, guest: Guest, index: number): GuestAddress {
  return givenAddress(guest, index) ?? { "ip-address": leaseOf(state, guest, index), prefix: 24 };
}

/** Undefined for one that asks for a lease, or for none. */
export function givenAddress(guest: Guest, index: number): GuestAddress | undefined {
  const given = /(?:^|,)ip=(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})/.exec(settingsOf(guest, index));
  return given ? { "ip-address": given[1] ?? "", prefix: Number(given[2]) } : undefined;
}

/** `192.168.10.1` */
export function gatewayOf(guest: Guest): string | undefined {
  const given = givenAddress(guest, 0);
  if (!given) return "192.168.10.1";
  return /(?:^|,)gw=(\d{1,3}(?:\.\d{1,3}){3})(?:,|$)/.exec(settingsOf(guest, 0))?.[1];
}

function settingsOf(guest: Guest, index: number): string {
  return guest.config[guest.kind === "lxc" ? `net${index}` : `ipconfig${index}`] ?? "";
}

/** The earlier guests choose first. */
function leaseOf(state: ClusterState, guest: Guest, index: number): string {
  const taken = new Set(state.guests.flatMap((other) => givenAddress(other, 0)?.["ip-address"] ?? []));
  const earlier = state.guests
    .filter((other) => other.vmid < guest.vmid && !other.template && !givenAddress(other, 0))
    .sort((one, other) => one.vmid - other.vmid);
  for (const other of earlier) taken.add(freeAddress(other.vmid, taken));
  return freeAddress(guest.vmid + index, taken);
}

function freeAddress(number: number, taken: ReadonlySet<string>): string {
  const at = (step: number) => `192.168.10.${FIRST + ((number + step) % COUNT)}`;
  for (let step = 0; step < COUNT; step++) if (!taken.has(at(step))) return at(step);
  return at(0);
}
