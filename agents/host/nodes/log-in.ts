/** A login to a host, and the way there: straight, by the proxy that leads to the nodes, or through the connection to a node. */
import type { Duplex } from "node:stream";
import type { NodeAddress } from "../../base/config.ts";
import { AppError } from "../../base/errors.ts";
import { openNodeSocket } from "../../base/node-socket.ts";
import { connectHost } from "./connect-host.ts";
import { forward } from "./forward.ts";
import { type GuestAccess, type Host, noGuestKey } from "./host.ts";
import { type Client, type Login, parsePrivateKey } from "./ssh.ts";

export type ConnectionOptions = Omit<Login, "privateKey"> & {
  nodes: readonly NodeAddress[];
  /** PEM or OpenSSH form; undefined is an AppError `missing_requirement` at the first use. */
  privateKey: string | Buffer | undefined;
  guests?: GuestAccess | undefined;
};

/** The open connection to a node, until it is released. */
export type Hold = (node: string, signal: AbortSignal) => Promise<{ client: Client; release(): void }>;

type Ways = ConnectionOptions & { hold: Hold };

/** A guest is logged in to with the guests' key, a node with the nodes' key, and never the other way round. */
export async function logIn(host: Host, ways: Ways, signal: AbortSignal): Promise<Client> {
  const open = (limit: AbortSignal) => wayTo(host, ways, limit);
  return await connectHost({ ...host, open }, await loginTo(host, ways), signal);
}

async function loginTo(host: Host, { guests, user, privateKey, ...ways }: ConnectionOptions): Promise<Login> {
  if (host.kind === "node") {
    const key = requireKey(privateKey);
    await parsePrivateKey(key);
    return { ...ways, user, privateKey: key };
  }
  const key = guests?.privateKey();
  if (!guests || key === undefined) throw noGuestKey();
  return { ...ways, user: host.user, privateKey: key, knownNodesFile: guests.knownGuestsFile };
}

/** To the port of `host`; the caller listens for its errors at once. */
export async function wayTo(host: Host, { nodes, hold }: Ways, signal: AbortSignal): Promise<Duplex> {
  if (host.kind === "node") return await openNodeSocket(host, { signal });
  const proxy = nodes.find((node) => node.proxy)?.proxy;
  if (host.via === undefined) return await openNodeSocket({ ...host, proxy }, { signal });
  const { client, release } = await hold(host.via, signal);
  try {
    return (await forward(client, host, signal)).once("close", release);
  } catch (error) {
    release();
    throw error;
  }
}

export function requireKey(key: string | Buffer | undefined): string | Buffer {
  if (key !== undefined) return key;
  throw new AppError("missing_requirement", "There is no SSH key: SSH_KEY_FILE does not exist.");
}
