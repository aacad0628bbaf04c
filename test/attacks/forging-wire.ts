/** Redis' own protocol over a socket: a program that knows nothing of ours, and sends whatever it likes. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Without an answer for so long the connection is given up. */
const SILENCE_MS = 5_000;

/** An error reply has its text in `error`. */
export type Reply = { error?: string };

export class RawClient implements Disposable {
  readonly #socket: Socket;
  #unread = Buffer.alloc(0);
  #expected = 0;
  #replies: Reply[] = [];
  #whenAll: (() => void) | undefined;
  #ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    socket.on("error", () => {}); // `close` follows
    socket.on("close", () => {
      this.#ended = true;
      this.#whenAll?.();
    });
    socket.on("data", (chunk) => this.#take(chunk));
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawClient(socket);
  }

  /** All at once; the replies are fewer when the connection ends. */
  async send(commands: readonly (readonly string[])[]): Promise<Reply[]> {
    if (this.#ended || commands.length === 0) return [];
    this.#replies = [];
    this.#expected = commands.length;
    const all = new Promise<void>((resolve) => {
      this.#whenAll = resolve;
    });
    this.#socket.write(commands.map(encode).join(""));
    await all;
    return this.#replies;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    for (let end = endOfReply(this.#unread, 0); end > 0; end = endOfReply(this.#unread, 0)) {
      const text = this.#unread.toString("utf8", 0, Math.min(end, 200));
      this.#replies.push(text.startsWith("-") ? { error: text.slice(1).trim() } : {});
      this.#unread = this.#unread.subarray(end);
    }
    if (this.#replies.length >= this.#expected) this.#whenAll?.();
  }
}

function encode(words: readonly string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${parts.join("")}`;
}

/** Where the reply that begins at `start` ends; 0 while it is not complete. */
function endOfReply(bytes: Buffer, start: number): number {
  const lineEnd = bytes.indexOf("\r\n", start);
  if (lineEnd < 0) return 0;
  const kind = String.fromCharCode(bytes[start] ?? 0);
  const length = Number(bytes.toString("latin1", start + 1, lineEnd));
  if (kind === "$" && length >= 0) {
    const end = lineEnd + 2 + length + 2;
    return end <= bytes.length ? end : 0;
  }
  if (kind !== "*") return lineEnd + 2;
  let end = lineEnd + 2;
  for (let item = 0; item < length && end > 0; item++) end = endOfReply(bytes, end);
  return end;
}
