/**
 * An SSH agent on a unix socket, for one run of a program that speaks SSH itself (ansible, terraform): the
 * private key stays in this process. Only lists and signs with the one key; every other request fails.
 */
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform, type TransformCallback } from "node:stream";
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
  const requests = new Requests().on("error", () => socket.destroy()); // longer than any request
  socket.pipe(requests).pipe(agent).pipe(socket);
}

const LENGTH_BYTES = 4;
const MAX_REQUEST_BYTES = 262_144;
/** SSH_AGENTC_REQUEST_IDENTITIES and SSH_AGENTC_SIGN_REQUEST: draft-ietf-sshm-ssh-agent, section 6.1. */
const ANSWERED = [11, 13];

/**
 * Passes requests on, those that are refused anyway (OpenSSH begins with an extension) without their body:
 * ssh2 1.17 would read that body as the next request.
 */
class Requests extends Transform {
  #waiting: Buffer = Buffer.alloc(0);

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#waiting = Buffer.concat([this.#waiting, chunk]);
    while (this.#waiting.length > LENGTH_BYTES) {
      const length = this.#waiting.readUInt32BE();
      if (length === 0 || length > MAX_REQUEST_BYTES) {
        done(new Error("not a request of the agent protocol"));
        return;
      }
      if (this.#waiting.length < LENGTH_BYTES + length) break;
      const request = this.#waiting.subarray(0, LENGTH_BYTES + length);
      const type = request.readUInt8(LENGTH_BYTES);
      this.push(ANSWERED.includes(type) ? request : Buffer.from([0, 0, 0, 1, type]));
      this.#waiting = this.#waiting.subarray(request.length);
    }
    done();
  }
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
