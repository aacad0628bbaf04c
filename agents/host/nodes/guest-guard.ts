/**
 * Which of the operator's guests are hosts: those whose address lies in the guests' networks and is nobody else's, as the
 * settings, this machine and the nodes themselves tell. Judged anew at each use; who cannot be judged is no host.
 */
import { lookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import type { NodeAddress } from "../../base/config.ts";
import { AppError } from "../../base/errors.ts";
import { addressProblem, type Network, networkAround, type TakenAddress } from "../../base/guest-networks.ts";
import { type Guest, nameProblem } from "../../base/guests.ts";

export type GuardOptions = {
  nodes: readonly NodeAddress[];
  /** Empty: those around the nodes. */
  networks: readonly Network[];
  /** Hosts, by name or address, that the team itself stands on: Redis, a proxy. */
  own: readonly { host: string; what: string }[];
};

export type Guard = (
  guest: Guest,
  others: readonly Guest[],
  told: readonly TakenAddress[],
) => Promise<string | undefined>;

/** Why a guest is no host, undefined when it is one; `told` is what the nodes say (node-addresses.ts). */
export function createGuard({ nodes, networks, own }: GuardOptions): Guard {
  return async (guest, others, told) => {
    const ofNodes = await Promise.all(nodes.map(({ name, host }) => addressesOf(host, `the node ${name}`)));
    const ofTeam = await Promise.all(own.map(({ host, what }) => addressesOf(host, what)));
    const around = ofNodes.flat().flatMap(({ address }) => networkAround(address) ?? []);
    const taken = [ofNodes, ofTeam].flat(2).concat(ownAddresses(), await ownRouters(), told);
    const rules = { networks: networks.length > 0 ? networks : around, taken };
    return nameProblem(guest, { nodes, others }) ?? addressProblem(guest.host, rules);
  };
}

export function refusedGuest({ name }: Guest, problem: string): AppError {
  return new AppError(
    "not_allowed",
    `The guest ${name} is no host: ${problem}. Only the operator can mend that (/host).`,
  );
}

async function addressesOf(host: string, what: string): Promise<TakenAddress[]> {
  const found = await lookup(host, { all: true }).catch(() => []); // a name without an address is nobody's
  return found.map(({ address }) => ({ address, what }));
}

function ownAddresses(): TakenAddress[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.map(({ address }) => ({ address: address.split("%")[0] ?? address, what: "this machine" }));
}

/** The third field of /proc/net/route is the gateway, in hexadecimal and this machine's order. */
async function ownRouters(): Promise<TakenAddress[]> {
  const table = await readFile("/proc/net/route", "utf8").catch(() => "");
  return table.split("\n").flatMap((line) => {
    const [, , gateway = ""] = line.split("\t");
    if (!/^[0-9A-F]{8}$/.test(gateway) || gateway === "00000000") return [];
    const address = [...Buffer.from(gateway, "hex")].reverse().join(".");
    return [{ address, what: "a router of this machine" }];
  });
}
