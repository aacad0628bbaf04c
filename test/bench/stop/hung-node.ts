/**
 * A node that answers until it is told to hang, and then no more from one phase on: a real SSH server that runs real bash.
 * What it was asked meanwhile stays unanswered for ever, also when it has been healed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { ServerChannel, Session } from "ssh2";
import type { NodeAddress } from "../../../agents/base/config.ts";
import { loadSsh2 } from "../../../agents/host/nodes/ssh.ts";
import { makeKey } from "../../../agents/testing/ssh-server.ts";

export const PHASES = ["connect", "handshake", "auth", "channel", "exec", "data", "close"] as const;
export type Phase = (typeof PHASES)[number];

export class HungNode {
  readonly address: NodeAddress;
  #phase: Phase | undefined;
  #reached = Promise.withResolvers<void>();
  readonly #server = createServer((socket) => this.#take(socket));
  readonly #sockets = new Set<Socket>();
  readonly #inject: (socket: Socket) => void;

  private constructor(inject: (socket: Socket) => void) {
    this.#inject = inject;
    this.address = { name: "pve1", host: "127.0.0.1", port: 0 };
  }

  static async start(): Promise<HungNode> {
    const ssh2 = await loadSsh2();
    const ssh = new ssh2.Server({ hostKeys: [(await makeKey()).private] }, (client) => {
      client.on("error", () => {}); // the other side breaks off: that is what is wanted
      client.on("authentication", (attempt) => node.#pass("auth") && attempt.accept());
      client.on("session", (accept) => node.#pass("channel") && node.#serve(accept()));
    });
    const node: HungNode = new HungNode((socket) => void ssh.injectSocket(socket));
    node.#server.listen(0, "127.0.0.1");
    await once(node.#server, "listening");
    node.address.port = (node.#server.address() as AddressInfo).port;
    return node;
  }

  /** From now on; resolves when somebody waits in that phase. */
  hangIn(phase: Phase): Promise<void> {
    this.#phase = phase;
    this.#reached = Promise.withResolvers();
    return this.#reached.promise;
  }

  heal(): void {
    this.#phase = undefined;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket.on("error", () => {}).once("close", () => this.#sockets.delete(socket)));
    if (!this.#pass("connect")) return;
    if (this.#pass("handshake")) this.#inject(socket);
    else socket.write("SSH-2.0-hung\r\n");
  }

  /** Whether this phase is answered. A node that hangs in a later one serves the first channel, and nothing after it. */
  #pass(phase: Phase): boolean {
    const isHung = this.#phase === phase;
    if (isHung) this.#reached.resolve();
    return !isHung;
  }

  #serve(session: Session): void {
    session.on("exec", (accept, _reject, { command }) => {
      if (!this.#pass("exec")) return;
      if (this.#phase === "close") this.#leaveOpen(accept());
      else if (this.#phase === "data") this.#fallSilent(accept(), command);
      else answer(accept(), command);
    });
  }

  /** The command has begun and said something; nobody hears more of it, and nothing else is answered. */
  #fallSilent(channel: ServerChannel, command: string): void {
    this.#phase = "channel";
    const child = spawn("bash", ["-c", command], { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    child.stderr.on("data", (text) => channel.stderr.write(text));
    child.stdout.once("data", (text) => channel.write(text, () => this.#reached.resolve()));
  }

  /** The exit code is there, the end of the channel is not. */
  #leaveOpen(channel: ServerChannel): void {
    this.#phase = "channel";
    channel.exit(0);
    channel.write("done\n", () => this.#reached.resolve());
  }
}

function answer(channel: ServerChannel, command: string): void {
  const child = spawn("bash", ["-c", command], { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.on("close", (code) => {
    channel.exit(code ?? 255);
    channel.end();
  });
}
