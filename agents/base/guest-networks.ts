/** Which addresses a guest may have: inside the networks that the operator named, and nobody else's. Pure. */
import { BlockList, isIPv4, isIPv6, SocketAddress } from "node:net";

export type Network = { address: string; bits: number; family: "ipv4" | "ipv6" };

/** An address that is somebody's; `what` as in "it is the router". */
export type TakenAddress = { address: string; what: string };

export type AddressRules = { networks: readonly Network[]; taken: readonly TakenAddress[] };

/** Wider networks would take in half of the world. */
const LEAST_BITS = { ipv4: 8, ipv6: 32 } as const;
const MOST_BITS = { ipv4: 32, ipv6: 128 } as const;
/** Around a node, for guests when the operator names no network. */
const AROUND_BITS = { ipv4: 24, ipv6: 64 } as const;
const MAX_NETWORKS = 50;

/** Never a guest's, whatever network the operator names: by the registries of special addresses, and where clouds keep metadata. */
const NEVER = [
  ["0.0.0.0/8", "it means this machine"],
  ["127.0.0.0/8", "it is loopback"],
  ["169.254.0.0/16", "it is link-local, where clouds keep metadata and credentials"],
  ["100.100.100.200/32", "clouds keep metadata and credentials there"],
  ["192.0.0.0/24", "it is of no network"],
  ["224.0.0.0/3", "it is multicast or broadcast"],
  ["::/8", "it is loopback, or an IPv4 address in another form"],
  ["2001::/32", "it is an IPv4 address in another form"],
  ["2002::/16", "it is an IPv4 address in another form"],
  ["fd00:ec2::254/128", "clouds keep metadata and credentials there"],
  ["fe80::/9", "it is link-local"],
  ["ff00::/8", "it is multicast"],
].flatMap(([text = "", why = ""]) => {
  const network = parseNetwork(text);
  return network ? [{ network, why }] : [];
});

/** From comma-separated `address/bits`, and what is wrong in it. */
export function parseNetworks(text: string): readonly [Network[], problems: string[]] {
  const entries = text.split(",").map((entry) => entry.trim());
  const given = entries.filter((entry) => entry !== "").slice(0, MAX_NETWORKS);
  const isRight = (entry: string) => {
    const network = parseNetwork(entry);
    return network !== undefined && network.bits >= LEAST_BITS[network.family];
  };
  const problems = given
    .filter((entry) => !isRight(entry))
    .map(
      (entry) =>
        `${JSON.stringify(entry.slice(0, 100))} is not address/bits, from /8 (IPv4) or /32 (IPv6) on`,
    );
  return [given.flatMap((entry) => parseNetwork(entry) ?? []), problems];
}

/** The network around a node that is taken for the guests' when the operator names none; undefined for a name. */
export function networkAround(text: string): Network | undefined {
  const address = canonicalAddress(text);
  if (address === undefined) return undefined;
  const family = familyOf(address);
  return { address, family, bits: AROUND_BITS[family] };
}

/** Why no guest may have this address; undefined when one may. */
export function addressProblem(text: string, { networks, taken }: AddressRules): string | undefined {
  const address = canonicalAddress(text);
  if (address === undefined) return `"${text}" is no address: give it as 192.168.10.31 or [fd00::31]`;
  if (address !== text) return `${text} is another spelling of ${address}: give it as that`;
  const refused = (why: string) => `${address} is refused: ${why}`;
  const never = NEVER.find(({ network }) => isWithin(address, network));
  if (never) return refused(never.why);
  const owner = taken.find((one) => canonicalAddress(one.address) === address);
  if (owner) return refused(`it is ${owner.what}`);
  const home = networks.find((network) => isWithin(address, network));
  const names = networks.map(networkText).join(", ") || "none";
  if (!home) return refused(`it is outside of the guests' networks (GUEST_NETWORKS: ${names})`);
  return isEdge(address, home) ? refused(`it means all of ${networkText(home)}`) : undefined;
}

/** In its only spelling; undefined for what is no literal address, and for one with a zone. */
export function canonicalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes("%")) return undefined;
  return new SocketAddress({ address: text, family: "ipv6" }).address;
}

function networkText({ address, bits }: Network): string {
  return `${address}/${bits}`;
}

function familyOf(address: string): Network["family"] {
  return isIPv4(address) ? "ipv4" : "ipv6";
}

function parseNetwork(entry: string): Network | undefined {
  const [, text = "", digits = ""] = /^([0-9a-fA-F.:]{2,45})\/(\d{1,3})$/.exec(entry) ?? [];
  const address = canonicalAddress(text);
  if (address === undefined) return undefined;
  const [family, bits] = [familyOf(address), Number(digits)];
  return bits <= MOST_BITS[family] ? { address, bits, family } : undefined;
}

function isWithin(address: string, { address: network, bits, family }: Network): boolean {
  if (familyOf(address) !== family) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return list.check(address, family);
}

/** The first and the last address of an IPv4 network. */
function isEdge(address: string, { bits, family }: Network): boolean {
  if (family === "ipv6" || bits > 30) return false;
  const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - bits);
  return value % size === 0 || value % size === size - 1;
}
