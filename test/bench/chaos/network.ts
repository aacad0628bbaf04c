/** The network between the agents and Redis: it can be cut, fall silent, or lose the answers only. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

type Link = { near: Socket; far: Socket };

export class Network {
  readonly #links = new Set<Link>();
  readonly #server;
  #isRefusing = false;

  private constructor(target: number) {
    this.#server = createServer((near) => this.#join(near, target));
  }

  static async start(target: number): Promise<Network> {
    const network = new Network(target);
    network.#server.listen(0, "127.0.0.1");
    await once(network.#server, "listening");
    return network;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Both ends see a reset; what was under way may have arrived or not. */
  cut(): void {
    for (const { near, far } of this.#links) for (const socket of [near, far]) reset(socket);
  }

  /** What is sent arrives, nothing comes back: on the connections that are open now, for as long as they are. */
  loseAnswers(): void {
    for (const { near, far } of this.#links) far.unpipe(near).resume();
  }

  /** Nothing arrives in either direction on the connections that are open now, and nobody is told. */
  silence(): void {
    for (const { near, far } of this.#links) {
      far.unpipe(near).resume();
      near.unpipe(far).resume();
    }
  }

  /** New connections are reset while it refuses. */
  refuse(isRefusing: boolean): void {
    this.#isRefusing = isRefusing;
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(near: Socket, target: number): void {
    if (this.#isRefusing) return void near.resetAndDestroy();
    const far = connect(target, "127.0.0.1");
    const link = { near, far };
    this.#links.add(link);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.setNoDelay(true).on("error", () => {}); // "close" follows
      socket.on("close", () => {
        this.#links.delete(link);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}

/** One that is being shut down cannot be reset: Node would keep it, and itself, for good. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
