/** The open connections to the hosts, nodes and guests: made when first needed, made again after a break, thrown away when one hangs. */
import type { Duplex } from "node:stream";
import { AppError } from "../../base/errors.ts";
import { abortable } from "../commands/abortable.ts";
import { addressOf, type Host, pinOf, unknownHost } from "./host.ts";
import { type ConnectionOptions, type Hold, logIn, wayTo } from "./log-in.ts";
import type { Client, UsedLogin, WantedLogin } from "./ssh.ts";

type Use = { login: WantedLogin; signal: AbortSignal };

type Connection = {
  host: Host;
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
    const { connection, used } = this.#connection(await this.#find(name, signal), login);
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

  /** To a port of a host, by the way that leads there. The caller listens for its errors at once. */
  async open(name: string, port: number, signal: AbortSignal): Promise<Duplex> {
    const host = await this.#find(name, signal);
    return await wayTo({ ...host, port }, { ...this.#options, hold: this.#hold }, signal);
  }

  /** To its SSH port. */
  async openSsh(name: string, signal: AbortSignal): Promise<Duplex> {
    return await wayTo(await this.#find(name, signal), { ...this.#options, hold: this.#hold }, signal);
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

  async #find(name: string, signal: AbortSignal): Promise<Host> {
    const { nodes, guests } = this.#options;
    const node = nodes.find((candidate) => candidate.name === name);
    if (node) return { kind: "node", ...node };
    const guest = await guests?.find(name, signal);
    if (guest) return { kind: "guest", pin: pinOf(guest), ...guest };
    throw unknownHost(name, nodes, (await guests?.names(signal)) ?? []);
  }

  #connection(host: Host, login: WantedLogin): { connection: Connection; used: UsedLogin } {
    if (this.#isClosed) throw new AppError("cancelled", "The connections to the nodes are closed.");
    const known = this.#known(host);
    const isGood = known && (login === "kept" || (login === "any" && !known.isSuspect));
    if (isGood) return { connection: known, used: "earlier" };
    const made = this.#make(host);
    if (known)
      made.client.then(() => this.#replace(host.name, made)).catch(() => {}); // then the earlier one stays
    else this.#open.set(host.name, made);
    return { connection: made, used: "new" };
  }

  /** One to another host that has had the name is none. */
  #known(host: Host): Connection | undefined {
    const known = this.#open.get(host.name);
    if (!known || addressOf(known.host) === addressOf(host)) return known;
    this.#open.delete(host.name);
    retire(known);
    return undefined;
  }

  #make(host: Host): Connection {
    const drop = new AbortController();
    const client = logIn(host, { ...this.#options, hold: this.#hold }, drop.signal);
    const connection = { host, client, drop, users: 0, isRetired: false, isSuspect: false };
    const forget = () => this.#forget(host.name, connection);
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

  /** The open connection to a node, until it is released. */
  #hold: Hold = async (name, signal) => {
    const { connection } = this.#connection(await this.#find(name, signal), "kept");
    connection.users++;
    const release = () => {
      connection.users--;
      if (connection.isRetired) endIfFree(connection);
    };
    const client = await abortable(connection.client, signal).catch((error: unknown) => {
      release();
      throw error;
    });
    return { client, release };
  };

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
