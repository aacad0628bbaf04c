/** How one connection to a host is made, by whatever way its socket takes: the host key first, then the login. */
import { once } from "node:events";
import type { Duplex } from "node:stream";
import type { NodeAddress } from "../../base/config.ts";
import { AppError, describeError } from "../../base/errors.ts";
import { openNodeSocket } from "../../base/node-socket.ts";
import { checkHostKey, fingerprint, type PinnedHost, pinnedTypes } from "./known-nodes.ts";
import { type Client, type Login, loadSsh2, type ServerHostKeyAlgorithm } from "./ssh.ts";

/** With the way to its SSH port. */
export type ReachedHost = PinnedHost & { open(signal: AbortSignal): Promise<Duplex> };

/** For TCP, key exchange and authentication together. */
const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_MS = 5_000;
/** From the type of a pinned key to the algorithms that prove it. */
const SIGNATURES: Readonly<Record<string, ServerHostKeyAlgorithm[]>> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
};

/** Straight to a node, or by its proxy. Errors as of `connectHost`. */
export async function connectNode(node: NodeAddress, login: Login, signal: AbortSignal): Promise<Client> {
  return await connectHost(
    { ...node, open: (limit) => openNodeSocket(node, { signal: limit }) },
    login,
    signal,
  );
}

/**
 * An authenticated connection to a host whose key is pinned (recorded and announced at the first contact).
 * AppError `not_allowed` for a changed host key, `unavailable` for everything else that stands in the way.
 */
export async function connectHost(node: ReachedHost, login: Login, signal: AbortSignal): Promise<Client> {
  const ssh2 = await loadSsh2();
  const pinned = await pinnedTypes(login.knownNodesFile, node);
  const client = new ssh2.Client();
  let refusal: unknown;
  const verify = (key: Buffer, decide: (valid: boolean) => void): void => {
    checkHostKey(login.knownNodesFile, node, key).then(
      (outcome) => {
        if (outcome === "recorded") announce(node, login, key);
        decide(true);
      },
      (error: unknown) => {
        refusal = error;
        decide(false);
      },
    );
  };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)]);
  let sock: Duplex | undefined;
  try {
    sock = await node.open(limit);
    const hangUp = () => void sock?.destroy();
    sock.on("error", hangUp);
    // after either, the client only waits for the node's end, and a node that hangs never closes it: no "close" would come
    client.on("error", hangUp).on("end", hangUp);
    const ready = once(client, "ready", { signal: limit });
    client.connect({
      sock,
      username: login.user,
      privateKey: login.privateKey,
      authHandler: ["publickey"],
      hostVerifier: verify,
      algorithms: { serverHostKey: preferring(pinned) },
      readyTimeout: CONNECT_TIMEOUT_MS,
      keepaliveInterval: KEEPALIVE_MS,
    });
    await ready;
    client.setNoDelay(true);
    return client;
  } catch (error) {
    client.destroy();
    sock?.destroy();
    if (refusal) throw refusal;
    if (signal.aborted) throw new AppError("cancelled", `Connecting to ${node.name} was cancelled.`);
    throw unreachable(node, login.user, error);
  }
}

/** The pinned types first, so that a node with several keys presents the one we know. */
function preferring(pinnedTypes: string[]): ServerHostKeyAlgorithm[] {
  return [...new Set([...pinnedTypes, ...Object.keys(SIGNATURES)].flatMap((type) => SIGNATURES[type] ?? []))];
}

function announce(node: PinnedHost, login: Login, key: Buffer): void {
  login.onNotice(
    `First contact with ${node.name} (${node.host}:${node.port}). From now on it must prove to be the same machine: its ` +
      `host key ${fingerprint(key)} is kept in ${login.knownNodesFile}. That it is yours you see when the node itself ` +
      "says the same: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
  );
}

function unreachable(node: PinnedHost, user: string, error: unknown): AppError {
  const reason =
    error instanceof Error && error.name === "AbortError"
      ? `no answer within ${CONNECT_TIMEOUT_MS / 1000} s`
      : describeError(error);
  const message = `${node.name} (${user}@${node.host}:${node.port}) cannot be reached: ${reason}`;
  return new AppError("unavailable", message, { cause: error });
}
