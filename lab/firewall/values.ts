/** What the words of a rule may be: protocols, ports, types of ICMP, addresses, as PVE/Firewall.pm and iptables have them. */
import { isIPv4, isIPv6 } from "node:net";
import { portOf } from "./services.ts";

/** /etc/protocols of Debian. */
const PROTOCOLS = `ip:0 hopopt:0 icmp:1 igmp:2 ggp:3 ipencap:4 st:5 tcp:6 egp:8 igp:9 pup:12 udp:17 hmp:20 xns-idp:22
rdp:27 iso-tp4:29 dccp:33 xtp:36 ddp:37 idpr-cmtp:38 ipv6:41 ipv6-route:43 ipv6-frag:44 idrp:45
rsvp:46 gre:47 esp:50 ah:51 skip:57 ipv6-icmp:58 ipv6-nonxt:59 ipv6-opts:60 rspf:73 vmtp:81 eigrp:88
ospf:89 ax.25:93 ipip:94 etherip:97 encap:98 pim:103 ipcomp:108 vrrp:112 l2tp:115 isis:124 sctp:132
fc:133 mobility-header:135 udplite:136 mpls-in-ip:137 manet:138 hip:139 shim6:140 wesp:141 rohc:142
ethernet:143 mptcp:262`;
const PROTOCOL_WORDS: ReadonlySet<string> = new Set(["icmpv6", ...PROTOCOLS.split(/[\s:]/)]);
const WITH_PORTS: ReadonlySet<string> = new Set("tcp 6 udp 17 udplite 136 dccp 33 sctp 132".split(" "));

const ICMP_TYPES: ReadonlySet<string> = new Set(
  `any echo-reply destination-unreachable network-unreachable host-unreachable protocol-unreachable
port-unreachable fragmentation-needed source-route-failed network-unknown host-unknown
network-prohibited host-prohibited TOS-network-unreachable TOS-host-unreachable
communication-prohibited host-precedence-violation precedence-cutoff source-quench redirect
network-redirect host-redirect TOS-network-redirect TOS-host-redirect echo-request
router-advertisement router-solicitation time-exceeded ttl-zero-during-transit
ttl-zero-during-reassembly parameter-problem ip-header-bad required-option-missing timestamp-request
timestamp-reply address-mask-request address-mask-reply`.split(/\s/),
);
const ICMP6_TYPES: ReadonlySet<string> = new Set(
  `destination-unreachable no-route communication-prohibited beyond-scope address-unreachable
port-unreachable failed-policy reject-route packet-too-big time-exceeded ttl-zero-during-transit
ttl-zero-during-reassembly parameter-problem bad-header unknown-header-type unknown-option
echo-request echo-reply router-solicitation router-advertisement neighbor-solicitation
neighbour-solicitation neighbor-advertisement neighbour-advertisement redirect`.split(/\s/),
);
const MAX_PORTS = 15;

/** By name or by number. */
export function isProtocol(text: string): boolean {
  return PROTOCOL_WORDS.has(text);
}

export function hasPorts(protocol: string): boolean {
  return WITH_PORTS.has(protocol);
}

export function isIcmp(protocol: string): protocol is "icmp" | "icmpv6" | "ipv6-icmp" {
  return protocol === "icmp" || isIcmp6(protocol);
}

/** By its name: numbers stand in the place of a port. */
export function isIcmpType(text: string, protocol: string): boolean {
  return (isIcmp6(protocol) ? ICMP6_TYPES : ICMP_TYPES).has(text);
}

export function isIcmp6(protocol: string): boolean {
  return protocol === "icmpv6" || protocol === "ipv6-icmp";
}

export function arePorts(text: string): boolean {
  return portsProblem(text) === undefined;
}

/** `22`, `5900:5999`, `http`, a list of them; a range counts as two. */
export function portsProblem(text: string): string | undefined {
  const parts = text.split(",");
  if (parts.includes("")) return "extraneous commas in list";
  if (text.split(/[,:]/).length > MAX_PORTS) return "too many entries in port list (> 15 numbers)";
  return parts.map(portProblem).find((problem) => problem !== undefined);
}

function portProblem(part: string): string | undefined {
  const [from = "", to, ...more] = part.split(":");
  const isNumber = (word: string) => /^\d{1,9}$/.test(word);
  if (to === undefined && !isNumber(from)) return portOf(from) === undefined ? `invalid port '${from}'` : to;
  if (!isNumber(from) || more.length > 0 || !isNumber(to ?? "0")) return `invalid port '${part}'`;
  const tooLarge = [from, to ?? "0"].find((word) => Number(word) > 65_535);
  if (tooLarge !== undefined) return `invalid port '${tooLarge}'`;
  if (to === undefined || Number(from) <= Number(to)) return undefined;
  return `backwards range '${part}' not allowed, did you mean '${to}:${from}'?`;
}

/** Services by their numbers. */
export function portNumbers(ports: string): string {
  return ports
    .split(",")
    .map((part) => portOf(part) ?? part)
    .join(",");
}

/** An address or a network, of IPv4 or IPv6. */
export function isNetwork(text: string): boolean {
  const [address = "", prefix, ...more] = text.split("/");
  const widest = widthOf(address);
  const isPrefix = prefix === undefined || (/^(?:0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= widest);
  return widest > 0 && isPrefix && more.length === 0;
}

/** A network, a list of them, or a range of addresses. */
export function isAddress(text: string): boolean {
  const isSix = (part: string) => part.includes(":");
  if (text.includes("-")) return isRange(text);
  const parts = text.split(",");
  return parts.every(isNetwork) && (parts.every(isSix) || !parts.some(isSix));
}

function isRange(text: string): boolean {
  const [from = "", to = "", ...more] = text.split("-");
  if (widthOf(from) === 128) return widthOf(to) === 128 && more.length === 0;
  return isIPv4(from) && isIPv4(to) && more.length === 0 && addressNumber(from) <= addressNumber(to);
}

/** Of IPv4. */
export function addressNumber(address: string): number {
  return address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

/** In bits; 0 for what is no address. */
function widthOf(address: string): number {
  if (isIPv4(address)) return 32;
  return isIPv6(address) && !address.includes("%") ? 128 : 0;
}

/** Of a network interface, as PVE/JSONSchema.pm and the kernel have it. */
export function isInterface(text: string): boolean {
  return text.length <= 15 && /^[a-z]\w{1,14}(?:[.:]\d{1,5})?$/i.test(text);
}

/** Of an alias, a set or a security group. */
export function isName(text: string): boolean {
  return /^[a-z][\w-]{1,63}$/i.test(text);
}

/** A chain is called after it. */
export const MAX_GROUP_NAME = 18;

export function isGroupName(text: string): boolean {
  return isName(text) && text.length <= MAX_GROUP_NAME;
}
