/** The pool: one connection a node, made when first needed, made again after a break, thrown away when it hangs. */
import type { NodeAddress } from "../../base/config.ts";
import { AppError } from "../../base/errors.ts";
import type { Artifacts } from "../../base/truncate.ts";
import type { Redactor } from "../../redact/redact.ts";
import { redacted } from "../../redact/redacted.ts";
import { abortable } from "../commands/abortable.ts";
import type { CallId } from "../commands/call-id.ts";
import { NO_OUTPUT } from "../commands/capture.ts";
import { isPinned } from "./known-nodes.ts";
import { CONFIRM_MS, endRemote, execRemote } from "./remote-exec.ts";
import {
  type Client,
  connectNode,
  type Login,
  type NodePool,
  parsePrivateKey,
  type RemoteCaller,
  type RemoteResult,
} from "./ssh.ts";
import { serveSshAgent } from "./ssh-agent.ts";

export type NodePoolOptions = Omit<Login, "privateKey"> & {
  nodes: readonly NodeAddress[];
  /** PEM or OpenSSH form; undefined is an AppError `missing_requirement` at the first use. */
  privateKey: string | Buffer | undefined;
  artifacts: Artifacts;
  redactor: Redactor;
};

export function createNodePool(options: NodePoolOptions): NodePool {
  const connections = new Connections(options);
  return {
    nodes: options.nodes,
    user: options.user,
    knownNodesFile: options.knownNodesFile,
    exec: (name, command, how) => exec({ options, connections, name, ...how }, command),
    end: (name, id) => end(connections, name, id),
    pin: (name, { signal }) => connections.use(name, signal, async () => {}),
    serveAgent: async (serve) =>
      serveSshAgent({
        ...serve,
        privateKey: requireKey(options.privateKey),
        user: options.user,
        isHost: (key) => isPinned(options.knownNodesFile, options.nodes, key),
      }),
    disconnect: () => connections.retire(),
    close: () => connections.close(),
  };
}

type Order = {
  options: NodePoolOptions;
  connections: Connections;
  name: string;
  timeoutMs: number;
  call: RemoteCaller;
};

async function end(connections: Connections, name: string, callId: CallId): Promise<boolean> {
  const signal = AbortSignal.timeout(CONFIRM_MS);
  const ended = connections.use(name, signal, (client) => endRemote(client, { callId, signal }));
  return await ended.catch(() => false); // not confirmed, whatever the reason
}

async function exec({ options, connections, name, timeoutMs, call }: Order, command: string) {
  const limit = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([call.signal, limit]);
  const outputs = { outputDirectory: options.artifacts.directory, redactor: options.redactor };
  let isBegun = false;
  try {
    const result = await connections.use(name, signal, async (client) => {
      call.permit();
      call.touch(name);
      isBegun = true;
      const result = await execRemote(client, command, { callId: call.id, signal, limit, ...outputs });
      if (result.kind === "lost") await connections.forget(name, client);
      return result;
    });
    // a node that has just not answered is not asked again: there is no time left
    const isLeft = result.kind === "lost" && (signal.aborted || !(await end(connections, name, call.id)));
    if (!isLeft) call.settle(name);
    return { ...result, isLeft };
  } catch (error) {
    if (isBegun || !limit.aborted || call.signal.aborted) throw error;
    return unreached(timeoutMs);
  }
}

/** The time was over before the node had taken the command. */
function unreached(timeoutMs: number): RemoteResult {
  const text = redacted`The node gave no connection within ${timeoutMs / 1_000} s; the command was not begun.`;
  const stderr = { ...NO_OUTPUT, text, totalBytes: Buffer.byteLength(text) };
  return { kind: "timeout", exitCode: null, signalName: null, stdout: NO_OUTPUT, stderr };
}

type Connection = { client: Promise<Client>; drop: AbortController; users: number; isRetired: boolean };

class Connections {
  readonly #options: NodePoolOptions;
  readonly #open = new Map<string, Connection>();
  #isClosed = false;

  constructor(options: NodePoolOptions) {
    this.#options = options;
  }

  /** `work` over the connection to a node. A connection that is not free of it when `signal` aborts is thrown away. */
  async use<T>(name: string, signal: AbortSignal, work: (client: Client) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const connection = this.#connection(requireNode(this.#options.nodes, name));
    connection.users++;
    try {
      const client = await abortable(connection.client, signal);
      return await work(client);
    } catch (error) {
      if (signal.aborted) this.#throwAway(name, connection);
      throw error;
    } finally {
      connection.users--;
      if (connection.isRetired) endIfFree(connection);
    }
  }

  /** Those in use end when they are free. */
  retire(): void {
    for (const connection of this.#open.values()) {
      connection.isRetired = true;
      endIfFree(connection);
    }
    this.#open.clear();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#open];
    for (const [name, connection] of all) this.#throwAway(name, connection);
    await Promise.allSettled(all.map(([, { client }]) => client));
  }

  /** A connection that was broken off: the next use does not wait until that is noticed. */
  async forget(name: string, broken: Client): Promise<void> {
    const connection = this.#open.get(name);
    if (connection && (await connection.client) === broken) this.#forget(name, connection);
  }

  #connection(node: NodeAddress): Connection {
    if (this.#isClosed) throw new AppError("cancelled", "The connections to the nodes are closed.");
    const known = this.#open.get(node.name);
    if (known) return known;
    const drop = new AbortController();
    const connection = { client: this.#connect(node, drop.signal), drop, users: 0, isRetired: false };
    const forget = () => this.#forget(node.name, connection);
    connection.client.then(
      (client) => client.once("error", forget).once("end", forget).once("close", forget),
      forget,
    );
    this.#open.set(node.name, connection);
    return connection;
  }

  async #connect(node: NodeAddress, signal: AbortSignal): Promise<Client> {
    const privateKey = requireKey(this.#options.privateKey);
    await parsePrivateKey(privateKey);
    return await connectNode(node, { ...this.#options, privateKey }, signal);
  }

  #throwAway(name: string, connection: Connection): void {
    this.#forget(name, connection);
    connection.drop.abort();
    destroy(connection);
  }

  #forget(name: string, connection: Connection): void {
    if (this.#open.get(name) === connection) this.#open.delete(name);
  }
}

function endIfFree(connection: Connection): void {
  if (connection.users === 0) destroy(connection);
}

function destroy({ client }: Connection): void {
  client.then((open) => open.destroy()).catch(() => {}); // it never was
}

function requireNode(nodes: readonly NodeAddress[], name: string): NodeAddress {
  const node = nodes.find((candidate) => candidate.name === name);
  if (node) return node;
  const known = nodes.map((candidate) => candidate.name).join(", ") || "none: PROXMOX_NODES is empty";
  throw new AppError("not_found", `"${name}" is not a node of the inventory. Nodes: ${known}.`);
}

function requireKey(key: string | Buffer | undefined): string | Buffer {
  if (key !== undefined) return key;
  throw new AppError("missing_requirement", "There is no SSH key: SSH_KEY_FILE does not exist.");
}
