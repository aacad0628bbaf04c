/**
 * The nodes, over SSH: what a pool of connections promises, and how one connection is made. The only home of
 * the ssh2 library, which is loaded at the first use.
 */
import { once } from "node:events";
import type { Socket } from "node:net";
import type { Client, ClientChannel, ParsedKey, ServerHostKeyAlgorithm } from "ssh2";
import type { NodeAddress } from "../../base/config.ts";
import { AppError, describeError } from "../../base/errors.ts";
import { openNodeSocket } from "../../base/node-socket.ts";
import type { Redacted } from "../../redact/redacted.ts";
import type { Call } from "../commands/call.ts";
import type { CallId } from "../commands/call-id.ts";
import type { CapturedOutput } from "../commands/command.ts";
import { checkHostKey, fingerprint, pinnedTypes } from "./known-nodes.ts";

export type { Client, ClientChannel, ParsedKey };

/**
 * How a remote command ended. `lost`: the connection broke; whether the command ran or runs on is unknown. `not-begun`:
 * something else ran in its place, and this is how that ended.
 */
export type RemoteResult = {
  kind: "exited" | "not-begun" | "timeout" | "cancelled" | "lost";
  /** Something of it may still run there. */
  isLeft?: boolean;
  /** Parts of the line that failed, as bash's ERR trap sees it: also when the line went on. `stages` are the exit codes of a pipe. */
  failedParts: { exitCode: number; stages: Redacted | undefined; text: Redacted }[];
  /** Undefined when it was not reached. */
  login?: UsedLogin;
  exitCode: number | null;
  signalName: string | null;
  stdout: CapturedOutput;
  stderr: CapturedOutput;
};

/**
 * Over which login: `fresh` always makes one; `kept` takes the open connection where there is one; `any` takes it unless
 * something was changed since that logins may depend on (`suspect`).
 */
export type WantedLogin = "fresh" | "kept" | "any";
export type UsedLogin = "new" | "earlier";

export interface NodePool {
  /** The inventory, from PROXMOX_NODES. */
  readonly nodes: readonly NodeAddress[];
  readonly user: string;
  /** The pinned host keys, in known_hosts format. */
  readonly knownNodesFile: string;
  /**
   * Run a command with bash (pipefail on) on a node, over the wanted login ("any"). A new login that fails leaves the open
   * connection as it is, for "kept". The time limit and the signal hold from
   * connecting to the last byte: at most a second later this settles, and a connection that hung is thrown away. AppError `not_found` for a host
   * outside of the inventory, `not_allowed` for a changed host key, `unavailable` when the node does not answer.
   */
  exec(
    node: string,
    command: string,
    options: { timeoutMs: number; call: RemoteCaller; login?: WantedLogin },
  ): Promise<RemoteResult>;
  /** Something that logins to this node may depend on was changed: the next login is made anew, and shows whether one works. */
  suspect(node: string): void;
  /** A connection to it is open: "kept" would take it. */
  isOpen(node: string): boolean;
  /** End whatever a program of this call has started on a node. False when the node did not confirm it in a second. */
  end(node: string, callId: CallId): Promise<boolean>;
  /** Whether anything that carries the mark of this call runs there; undefined when the node did not say so in a second. */
  runs(node: string, callId: CallId): Promise<boolean | undefined>;
  /** Connect, so that the host key of the node is pinned. Errors as for `exec`. */
  pin(node: string, options: { signal: AbortSignal }): Promise<void>;
  /**
   * An SSH agent with the pool's key for a program that speaks SSH itself; the caller closes it. It signs logins of
   * `user` to the nodes; without `proofOfHost` (Terraform's client gives none) it cannot tell where a login goes.
   */
  serveAgent(options: ServeAgent): Promise<SshAgent>;
  /** End the connections: those that are in use when that has ended. The next use connects anew. */
  disconnect(): void;
  close(): Promise<void>;
}

/** What the pool needs of a call: it records the node before it sends anything there. */
export type RemoteCaller = Pick<Call, "id" | "signal" | "permit" | "touch" | "settle">;

export type ServeAgent = {
  proofOfHost: "required" | "optional";
  /** Also for the group of this process: for commands that are another user. */
  isShared: boolean;
  signal: AbortSignal;
};

export type SshAgent = {
  /** Absolute and short: a unix socket path holds about 100 bytes. */
  socketPath: string;
  /** Idempotent; also happens when the signal aborts. */
  close(): Promise<void>;
};

export type Login = {
  user: string;
  privateKey: string | Buffer;
  knownNodesFile: string;
  onNotice: (text: string) => void;
};

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

export const loadSsh2 = async () => (await import("ssh2")).default;

/**
 * An authenticated connection to a node whose host key is pinned (recorded and announced at the first contact).
 * AppError `not_allowed` for a changed host key, `unavailable` for everything else that stands in the way.
 */
export async function connectNode(node: NodeAddress, login: Login, signal: AbortSignal): Promise<Client> {
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
  let sock: Socket | undefined;
  try {
    sock = await openNodeSocket(node, { signal: limit });
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

/** AppError `missing_requirement` for what is not an unencrypted private key. */
export async function parsePrivateKey(privateKey: string | Buffer): Promise<ParsedKey> {
  const key = (await loadSsh2()).utils.parseKey(privateKey);
  if (!(key instanceof Error) && key.isPrivateKey()) return key;
  throw new AppError("missing_requirement", "SSH_KEY_FILE is not a private key without passphrase.");
}

function announce(node: NodeAddress, login: Login, key: Buffer): void {
  login.onNotice(
    `First contact with ${node.name} (${node.host}:${node.port}). From now on it must prove to be the same machine: its ` +
      `host key ${fingerprint(key)} is kept in ${login.knownNodesFile}. That it is yours you see when the node itself ` +
      "says the same: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
  );
}

function unreachable(node: NodeAddress, user: string, error: unknown): AppError {
  const reason =
    error instanceof Error && error.name === "AbortError"
      ? `no answer within ${CONNECT_TIMEOUT_MS / 1000} s`
      : describeError(error);
  const message = `${node.name} (${user}@${node.host}:${node.port}) cannot be reached: ${reason}`;
  return new AppError("unavailable", message, { cause: error });
}
