/**
 * An SSH agent on a unix socket, for one run of a program that speaks SSH itself (ansible, terraform): the
 * private key stays in this process. Only lists and signs with the one key; every other request fails.
 */
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgentProtocol, loadSsh2, type ParsedKey, parsePrivateKey, type SshAgent } from "./ssh.ts";

/** `directory` holds a new private folder (0700) with the socket (0600); the default is the system's own. */
export async function serveSshAgent(options: {
  privateKey: string | Buffer;
  directory?: string;
  signal: AbortSignal;
}): Promise<SshAgent> {
  options.signal.throwIfAborted();
  const ssh2 = await loadSsh2();
  const key = await parsePrivateKey(options.privateKey);
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket.once("close", () => connections.delete(socket)));
    answer(new ssh2.AgentProtocol(false), key, socket);
  });
  const folder = await mkdtemp(join(options.directory ?? tmpdir(), "minilab-"));
  const socketPath = join(folder, "agent");
  await listen(server, socketPath);
  await chmod(socketPath, 0o600);
  let closed: Promise<void> | undefined;
  const close = () => {
    options.signal.removeEventListener("abort", onAbort);
    closed ??= shut(server, connections, folder);
    return closed;
  };
  const onAbort = () => void close().catch(() => {}); // the caller awaits the same promise from close()
  options.signal.addEventListener("abort", onAbort, { once: true });
  return { socketPath, close };
}

function answer(agent: AgentProtocol, key: ParsedKey, socket: Socket): void {
  agent.on("identities", (request) => agent.getIdentitiesReply(request, [key]));
  agent.on("sign", (request, wanted, data, { hash }) => {
    const signature = wanted.getPublicSSH().equals(key.getPublicSSH()) ? key.sign(data, hash) : undefined;
    if (Buffer.isBuffer(signature)) agent.signReply(request, signature);
    else agent.failureReply(request);
  });
  socket.on("error", () => socket.destroy()); // the client went away
  agent.on("error", () => socket.destroy()); // not the agent protocol
  socket.pipe(agent).pipe(socket);
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path);
  await once(server, "listening");
}

async function shut(server: Server, connections: Set<Socket>, folder: string): Promise<void> {
  const closed = once(server, "close");
  server.close();
  for (const socket of connections) socket.destroy();
  await closed;
  await rm(folder, { recursive: true, force: true });
}
