/**
 * The nodes, over SSH: what a pool of connections promises. The only home of
 * the ssh2 library, which is loaded at the first use.
 */
import type { Duplex } from "node:stream";
import type { Client, ClientChannel, ParsedKey, ServerHostKeyAlgorithm } from "ssh2";
import type { NodeAddress } from "../../base/config.ts";
import { AppError } from "../../base/errors.ts";
import type { Guest } from "../../base/guests.ts";
import type { Redacted } from "../../redact/redacted.ts";
import type { Call } from "../commands/call.ts";
import type { CallId } from "../commands/call-id.ts";
import type { CapturedOutput } from "../commands/command.ts";
import type { GuestRun } from "./host.ts";

export type { Client, ClientChannel, ParsedKey, ServerHostKeyAlgorithm };

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
  /** The guests that are hosts now, and why others that the operator named are none. */
  guests(signal: AbortSignal): Promise<{ hosts: Guest[]; problems: string[] }>;
  /** For a program that speaks SSH itself; undefined without guests or their key. The caller closes it. */
  serveGuests(options: Pick<ServeAgent, "isShared" | "signal">): Promise<GuestRun | undefined>;
  /** The guests' pinned host keys; undefined where there is no guest. */
  readonly knownGuestsFile: string | undefined;
  /** A connection to a port of a host, by the way that leads there; the caller listens for its errors at once. */
  openSocket(host: string, port: number, signal: AbortSignal): Promise<Duplex>;
  /** The nodes' pinned host keys, in known_hosts format. */
  readonly knownNodesFile: string;
  /**
   * Run a command with bash (pipefail on) on a host, a node or a guest, over the wanted login ("any"). A new login that fails leaves the open
   * connection as it is, for "kept". The time limit and the signal hold from
   * connecting to the last byte: at most a second later this settles, and a connection that hung is thrown away. AppError `not_found` for a host
   * outside of the inventory, `not_allowed` for a changed host key, `unavailable` when the node does not answer.
   */
  exec(
    host: string,
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

export const loadSsh2 = async () => (await import("ssh2")).default;

/** AppError `missing_requirement` for what is not an unencrypted private key. */
export async function parsePrivateKey(privateKey: string | Buffer): Promise<ParsedKey> {
  const key = (await loadSsh2()).utils.parseKey(privateKey);
  if (!(key instanceof Error) && key.isPrivateKey()) return key;
  throw new AppError("missing_requirement", "SSH_KEY_FILE is not a private key without passphrase.");
}
