/** A host: a machine that the tools may reach. A node of the settings, or a guest that the operator has named. */
import type { NodeAddress } from "../../base/config.ts";
import { AppError } from "../../base/errors.ts";
import type { Guest } from "../../base/guests.ts";

export type GuestHost = { kind: "guest"; pin: string } & Guest;
export type Host = ({ kind: "node" } & NodeAddress) | GuestHost;

/** How guests are reached: with a key of their own, which opens no node. */
export type GuestAccess = {
  /** Undefined for a name that none has; AppError `not_allowed` for one that may be no host. */
  find(name: string, signal: AbortSignal): Promise<Guest | undefined>;
  names(signal: AbortSignal): Promise<string[]>;
  /** As it is now: it may have been rotated. */
  privateKey(): string | undefined;
  knownGuestsFile: string;
};

/** What a program that speaks SSH itself needs for the time of one run. `agent` and `door` are paths of sockets; `pin` names the guest in the file of pinned keys. */
export type GuestRun = {
  guests: readonly (Guest & { pin: string; agent: string })[];
  door: string;
  sockets: readonly string[];
  close(): Promise<void>;
};

/** Names a guest in the file of pinned keys: one that was removed and named again is another. */
export function pinOf({ name, host, port, since }: Guest): string {
  return `${name}+${since}+[${host}]:${port}`;
}

/** A connection to a host is one to this. */
export function addressOf(host: Host): string {
  return host.kind === "guest" ? `${host.pin} ${host.user} ${host.via}` : host.name;
}

export function unknownHost(
  name: string,
  nodes: readonly NodeAddress[],
  guests: readonly string[],
): AppError {
  const known = nodes.map((candidate) => candidate.name).join(", ") || "none: PROXMOX_NODES is empty";
  const others =
    guests.length > 0 ? `Guests: ${guests.join(", ")}` : "Guests are named by the operator: /host add";
  return new AppError(
    "not_found",
    `"${name}" is not a node of the inventory, and no guest. Nodes: ${known}. ${others}.`,
  );
}

export function noGuestKey(): AppError {
  return new AppError("missing_requirement", "There is no key for guests: ./minilab guest-key makes it.");
}
