/**
 * An SSH agent on a unix socket, for one run of a program that speaks SSH itself (ansible, terraform): the
 * private key stays in this process. What is signed is decided in ssh-agent-session.ts.
 */
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSsh2, parsePrivateKey, type SshAgent } from "./ssh.ts";
import { type AgentPolicy, AgentSession } from "./ssh-agent-session.ts";
import { wireString } from "./ssh-wire.ts";

export type AgentOptions = Omit<AgentPolicy, "key" | "parsePublicKey"> & {
  privateKey: string | Buffer;
  /** Also for the group of this process: for commands that are another user. */
  isShared: boolean;
  /** Holds a new private folder with the socket; the default is the system's own. */
  directory?: string;
  signal: AbortSignal;
};

/** AppError `missing_requirement` for what is no private key. */
export async function serveSshAgent(options: AgentOptions): Promise<SshAgent> {
  options.signal.throwIfAborted();
  const { parseKey } = (await loadSsh2()).utils;
  const key = await parsePrivateKey(options.privateKey);
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket.once("close", () => connections.delete(socket)));
    void serve(socket, new AgentSession({ ...options, key, parsePublicKey: parseKey }));
  });
  const socketPath = await listen(server, options);
  let closed: Promise<void> | undefined;
  const close = () => {
    options.signal.removeEventListener("abort", onAbort);
    closed ??= shut(server, connections, join(socketPath, ".."));
    return closed;
  };
  const onAbort = () => void close().catch(() => {}); // the caller awaits the same promise from close()
  options.signal.addEventListener("abort", onAbort, { once: true });
  return { socketPath, close };
}

/** Until the client goes away, or says what is not the agent protocol. */
async function serve(socket: Socket, session: AgentSession): Promise<void> {
  try {
    for await (const request of requestsOf(socket)) socket.write(wireString(await session.answer(request)));
  } catch {
    // of this connection only; it ends
  } finally {
    socket.destroy();
  }
}

const LENGTH_BYTES = 4;
const MAX_REQUEST_BYTES = 262_144;

async function* requestsOf(socket: Socket): AsyncGenerator<Buffer> {
  let waiting: Buffer = Buffer.alloc(0);
  for await (const chunk of socket) {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + waiting.readUInt32BE();
      if (end > MAX_REQUEST_BYTES) return;
      if (waiting.length < end) break;
      yield waiting.subarray(LENGTH_BYTES, end);
      waiting = waiting.subarray(end);
    }
  }
}

/** Connecting takes the right to write to the socket, and to pass its folder. */
async function listen(server: Server, { directory, isShared }: AgentOptions): Promise<string> {
  const folder = await mkdtemp(join(directory ?? tmpdir(), "minilab-"));
  const path = join(folder, "agent");
  server.listen(path);
  await once(server, "listening");
  await chmod(path, isShared ? 0o660 : 0o600);
  await chmod(folder, isShared ? 0o710 : 0o700);
  return path;
}

async function shut(server: Server, connections: Set<Socket>, folder: string): Promise<void> {
  const closed = once(server, "close");
  server.close();
  for (const socket of connections) socket.destroy();
  await closed;
  await rm(folder, { recursive: true, force: true });
}
