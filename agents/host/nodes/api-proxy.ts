/**
 * The cluster's API on loopback, for one run of a program that must not hold the token: it is given one of no value, this
 * adds the real one. What is not reading passes only where it may, and is written down.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, isIP } from "node:net";
import { pipeline } from "node:stream/promises";
import { connect } from "node:tls";
import type { NodeAddress } from "../../base/config.ts";
import { AppError, describeError } from "../../base/errors.ts";
import { openNodeSocket } from "../../base/node-socket.ts";
import { makeCertificate } from "./loopback-certificate.ts";

export type ApiOptions = {
  nodes: readonly NodeAddress[];
  /** PEM: who signs for the nodes; undefined leaves it to those whom the system knows. */
  ca: Buffer | undefined;
  /** `user!name=secret` */
  token: string;
  /** Whether anything but reading passes. */
  mayWrite: boolean;
  /** On 127.0.0.1; any free one when left out. */
  port?: number | undefined;
  signal: AbortSignal;
};

export type ApiProxy = {
  /** `https://127.0.0.1:PORT/` */
  endpoint: string;
  /** `user!name=` and a secret that is worth something here alone, while this runs. */
  token: string;
  /** PEM: with what this proves to be itself. */
  certificate: string;
  /** What was no reading, in order, with the answer's status; the first thousand. */
  written(): readonly string[];
  close(): Promise<void>;
};

const API_PORT = 8006;
const API = "/api2/json/";
const READS = new Set(["GET", "HEAD"]);
const MAX_WRITTEN = 1_000;
const MAX_CONNECTIONS = 64;
/** Of one connection's way, not for what passes through both. */
const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "host"];
const NOT_PASSED = [...HOP_BY_HOP, "authorization", "cookie", "csrfpreventiontoken", "expect"];

/** Until it is closed or `signal` aborts. AppError `missing_requirement` without the openssl program. */
export async function serveApi(options: ApiOptions): Promise<ApiProxy> {
  const { key, certificate } = await makeCertificate(options.signal);
  const [name = ""] = options.token.split("=");
  const token = `${name}=${randomBytes(32).toString("hex")}`;
  const written: string[] = [];
  const server = createServer({ key, cert: certificate, minVersion: "TLSv1.3" }, (asked, answer) => {
    void pass({ asked, answer, expected: `PVEAPIToken=${token}`, written, ...options }).catch(() => {
      answer.destroy(); // it had begun: the asker sees that it is cut
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on("tlsClientError", () => {}); // somebody else's connection
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening", { signal: options.signal });
  const close = closing(server);
  options.signal.addEventListener("abort", close, { once: true });
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { endpoint, token, certificate, written: () => written, close };
}

function closing(server: Server): () => Promise<void> {
  const closed = once(server, "close").then(() => {});
  return async () => {
    server.close();
    server.closeAllConnections();
    await closed;
  };
}

type Passing = ApiOptions & {
  asked: IncomingMessage;
  answer: ServerResponse;
  expected: string;
  written: string[];
};

async function pass(passing: Passing): Promise<void> {
  const { asked, answer, written } = passing;
  const refusal = refusalOf(passing);
  if (refusal) return refuse(answer, ...refusal);
  const what = `${asked.method} ${asked.url?.slice(API.length - 1)}`;
  let place: number | undefined;
  if (!READS.has(asked.method ?? "") && written.length < MAX_WRITTEN)
    place = written.push(`${what}: no answer`) - 1; // before it is sent: what is cut off may have happened
  const given = await forward(passing).catch((error: unknown) => {
    refuse(answer, 595, describeError(error));
  });
  if (!given) return;
  if (place !== undefined) written[place] = `${what}: ${given.statusCode}`;
  answer.writeHead(given.statusCode ?? 502, given.statusMessage ?? "", without(given, HOP_BY_HOP));
  await pipeline(given, answer);
}

/** Undefined for what may pass. */
function refusalOf({
  asked,
  expected,
  mayWrite,
  token,
}: Passing): [status: number, reason: string] | undefined {
  if (!isSame(asked.headers.authorization ?? "", expected)) return [401, "no ticket"];
  const path = plainPath(asked.url ?? "");
  if (!path?.startsWith(API)) return [403, `only ${API} passes here`];
  if (READS.has(asked.method ?? "")) return undefined;
  if (!mayWrite) return [403, "this run only reads: what changes the cluster is an applied plan"];
  const [user = ""] = token.split("!");
  const isOwn = path.startsWith(`${API}access/users/${user}`);
  if (
    isOwn ||
    /^\/api2\/json\/access\/(?:acl|roles|ticket|password)(?:\/|$)/.test(path) ||
    /\/token(?:\/|$)/.test(path)
  )
    return [
      403,
      "accounts' rights, passwords and tokens are changed by ./minilab mint and by people, nothing else",
    ];
  return undefined;
}

/** Undefined for one that two readers could read in two ways. */
function plainPath(url: string): string | undefined {
  const [path = ""] = url.split("?");
  try {
    const plain = decodeURIComponent(path);
    const isPlain =
      !plain.includes("%") &&
      !plain.includes("//") &&
      !plain.split("/").some((part) => part === ".." || part === ".");
    return isPlain ? plain : undefined;
  } catch {
    return undefined;
  }
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function refuse(answer: ServerResponse, status: number, reason: string): void {
  const plain = reason.replaceAll(/[^ -~]/g, " ").slice(0, 300);
  answer.writeHead(status, plain, { "content-type": "application/json" });
  answer.end(JSON.stringify({ data: null, message: plain }));
}

/** To the first node that takes the connection; each speaks for all. */
async function forward({ nodes, ca, token, asked, signal }: Passing): Promise<IncomingMessage> {
  const { node, socket } = await reach(nodes, signal);
  const servername = isIP(node.host) ? "" : node.host;
  const secured = connect({ socket, host: node.host, servername, ...(ca && { ca }) });
  const sent = request({
    createConnection: () => secured,
    method: asked.method,
    path: asked.url,
    headers: {
      ...without(asked, NOT_PASSED),
      host: `${node.host}:${API_PORT}`,
      authorization: `PVEAPIToken=${token}`,
    },
    signal,
  });
  const [[given]] = await Promise.all([once(sent, "response", { signal }), pipeline(asked, sent)]);
  return given as IncomingMessage;
}

async function reach(nodes: readonly NodeAddress[], signal: AbortSignal) {
  const problems: string[] = [];
  for (const node of nodes) {
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
      const socket = await openNodeSocket(node, { port: API_PORT, signal: limit });
      socket.on("error", () => {}); // told by what goes over it
      return { node, socket };
    } catch (error) {
      problems.push(`${node.name}: ${describeError(error)}`);
    }
  }
  throw new AppError("unavailable", problems.join("; ") || "there is no node");
}

function without({ headers }: IncomingMessage, names: readonly string[]) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}
