/**
 * Guests as the operator names them: `web1=debian@192.168.10.31:22 via pve1`. Says what is no guest and why; whether an
 * address may be one is guest-networks.ts.
 */
/** A machine that the operator has named as a host beside the nodes. */
export type Guest = {
  name: string;
  /** A literal address, in its only spelling. */
  host: string;
  port: number;
  user: string;
  /** Name of the node through which alone it is reached. */
  via?: string | undefined;
  /** When it was named, in milliseconds; 0: in the settings. One that was removed and named again is another host. */
  since: number;
};

export const MAX_GUESTS = 200;

const FORM =
  /^([^\s=]{1,64})=(?:([^\s=@]{1,64})@)?(\[[^\s\]]{1,64}\]|[^\s=@:[\]]{1,64})(?::(\d{1,5}))?(?: +via +(\S{1,64}))?$/;
/** It is a word for Ansible, ssh and in a URL: no number, no pattern, no option. */
const NAME = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const USER = /^[a-z_][a-z0-9_-]{0,31}$/;
/** Ansible's own, our groups, and what means this machine. */
const RESERVED = [
  "all",
  "ungrouped",
  "nodes",
  "guests",
  "proxmox",
  "none",
  "omit",
  "hostvars",
  "groups",
  "broadcasthost",
];

/** From `name=[user@]address[:port][ via node]`; a text is what is wrong with it, and never holds more than the entry. */
export function parseGuest(entry: string, since: number): Guest | string {
  const [, name = "", user = "root", address = "", port = "22", via] = FORM.exec(entry.trim()) ?? [];
  const shown = JSON.stringify(entry.trim().slice(0, 100));
  if (name === "") return `${shown} is not name=address, name=user@address:port or name=address via node`;
  if (Number(port) < 1 || Number(port) > 65_535) return `${shown}: there is no port ${port}`;
  if (!USER.test(user)) return `${shown}: "${user}" is not the name of a user`;
  return {
    ...{ name, host: address.replace(/^\[|\]$/g, ""), port: Number(port), user, since },
    ...(via !== undefined && { via }),
  };
}

/** A list in the form of GUESTS, and what is wrong in it. */
export function parseGuests(text: string): readonly [Guest[], problems: string[]] {
  const entries = text.split(",").filter((entry) => entry.trim() !== "");
  const parsed = entries.slice(0, MAX_GUESTS).map((entry) => parseGuest(entry, 0));
  const guests = parsed.filter((one) => typeof one !== "string");
  const problems = parsed.filter((one) => typeof one === "string");
  if (entries.length > MAX_GUESTS) problems.push(`more than ${MAX_GUESTS} guests`);
  return [guests, problems];
}

export function guestText({ name, user, host, port, via }: Guest): string {
  const address = host.includes(":") ? `[${host}]` : host;
  return `${name}=${user}@${address}:${port}${via === undefined ? "" : ` via ${via}`}`;
}

/** Why a guest cannot have this name, or go this way; undefined when it can. `others` are the guests beside it. */
export function nameProblem(
  { name, via }: Guest,
  { nodes, others }: { nodes: readonly { name: string; host: string }[]; others: readonly Guest[] },
): string | undefined {
  if (!NAME.test(name)) return `"${name}" is no name: small letters, digits and hyphens, a letter first`;
  if (RESERVED.includes(name) || name.includes("localhost")) return `"${name}" means something else already`;
  if (nodes.some((node) => node.name.toLowerCase() === name || node.host.toLowerCase() === name))
    return `"${name}" is a node`;
  if (others.some((other) => other.name === name)) return `there are two guests "${name}"`;
  if (via !== undefined && !nodes.some((node) => node.name === via))
    return `"${via}" is not a node to go through`;
  return undefined;
}
