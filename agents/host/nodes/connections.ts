/** The open connections to the nodes: made when first needed, made again after a break, thrown away when one hangs. */
import type { NodeAddress } from "../../base/config.ts";
import { AppError } from "../../base/errors.ts";
import { abortable } from "../commands/abortable.ts";
import {
  type Client,
  connectNode,
  type Login,
  parsePrivateKey,
  type UsedLogin,
  type WantedLogin,
} from "./ssh.ts";

export type ConnectionOptions = Omit<Login, "privateKey"> & {
  nodes: readonly NodeAddress[];
  /** PEM or OpenSSH form; undefined is an AppError `missing_requirement` at the first use. */
  privateKey: string | Buffer | undefined;
};

type Use = { login: WantedLogin; signal: AbortSignal };

type Connection = {
  client: Promise<Client>;
  drop: AbortController;
  users: number;
  isRetired: boolean;
  /** Whether a login works now is not known: something was changed since this one. */
  isSuspect: boolean;
};

export type Work<T> = (client: Client, used: UsedLogin) => Promise<T>;

export class Connections {
  readonly #options: ConnectionOptions;
  /** Those that are being made to take the place of an open one are not in here yet. */
  readonly #open = new Map<string, Connection>();
  readonly #all = new Set<Connection>();
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** `work` over a connection to a node. A connection that is not free of it when `signal` aborts is thrown away. */
  async use<T>(name: string, { login, signal }: Use, work: Work<T>): Promise<T> {
    signal.throwIfAborted();
    const { connection, used } = this.#connection(requireNode(this.#options.nodes, name), login);
    connection.users++;
    try {
      const client = await abortable(connection.client, signal);
      return await work(client, used);
    } catch (error) {
      if (signal.aborted) this.#throwAway(name, connection);
      throw error;
    } finally {
      connection.users--;
      if (connection.isRetired) endIfFree(connection);
    }
  }

  suspect(name: string): void {
    const connection = this.#open.get(name);
    if (connection) connection.isSuspect = true;
  }

  has(name: string): boolean {
    return this.#open.has(name);
  }

  /** Those in use end when they are free. */
  retire(): void {
    for (const connection of this.#all) retire(connection);
    this.#open.clear();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#open.clear();
    const all = [...this.#all];
    for (const connection of all) drop(connection);
    await Promise.allSettled(all.map(({ client }) => client));
  }

  /** A connection that was broken off: the next use does not wait until that is noticed. */
  async forget(name: string, broken: Client): Promise<void> {
    const connection = this.#open.get(name);
    if (connection && (await connection.client) === broken) this.#forget(name, connection);
  }

  #connection(node: NodeAddress, login: WantedLogin): { connection: Connection; used: UsedLogin } {
    if (this.#isClosed) throw new AppError("cancelled", "The connections to the nodes are closed.");
    const known = this.#open.get(node.name);
    const isGood = known && (login === "kept" || (login === "any" && !known.isSuspect));
    if (isGood) return { connection: known, used: "earlier" };
    const made = this.#make(node);
    if (known)
      made.client.then(() => this.#replace(node.name, made)).catch(() => {}); // then the earlier one stays
    else this.#open.set(node.name, made);
    return { connection: made, used: "new" };
  }

  #make(node: NodeAddress): Connection {
    const drop = new AbortController();
    const client = this.#connect(node, drop.signal);
    const connection = { client, drop, users: 0, isRetired: false, isSuspect: false };
    const forget = () => this.#forget(node.name, connection);
    client.then((open) => open.once("error", forget).once("end", forget).once("close", forget), forget);
    this.#all.add(connection);
    return connection;
  }

  #replace(name: string, made: Connection): void {
    if (made.isRetired || !this.#all.has(made)) return;
    const known = this.#open.get(name);
    if (known) retire(known);
    this.#open.set(name, made);
  }

  async #connect(node: NodeAddress, signal: AbortSignal): Promise<Client> {
    const privateKey = requireKey(this.#options.privateKey);
    await parsePrivateKey(privateKey);
    return await connectNode(node, { ...this.#options, privateKey }, signal);
  }

  #throwAway(name: string, connection: Connection): void {
    this.#forget(name, connection);
    drop(connection);
  }

  #forget(name: string, connection: Connection): void {
    this.#all.delete(connection);
    if (this.#open.get(name) === connection) this.#open.delete(name);
  }
}

function retire(connection: Connection): void {
  connection.isRetired = true;
  endIfFree(connection);
}

function drop(connection: Connection): void {
  connection.drop.abort();
  destroy(connection);
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

export function requireKey(key: string | Buffer | undefined): string | Buffer {
  if (key !== undefined) return key;
  throw new AppError("missing_requirement", "There is no SSH key: SSH_KEY_FILE does not exist.");
}
