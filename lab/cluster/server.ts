/**
 * The cluster as a server: the readable REST API for anyone who can reach it, and, for whoever holds the token,
 * the commands that nodes pass on. One request runs at a time, so that every command sees a whole state.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError, describeError, isAppError } from "../../agents/base/errors.ts";
import { runCommand } from "./cli.ts";
import { parseExecRequest } from "./exec-request.ts";
import type { CommandOutcome } from "./outcome.ts";
import { clusterFiles, clusterFolders } from "./pmxcfs.ts";
import { readResource, statusOf } from "./rest.ts";
import type { Json } from "./rest-rows.ts";
import type { StartState } from "./start-states.ts";
import type { ClusterState, JournalEntry } from "./state.ts";
import { openStore, type Store } from "./store.ts";

const MAX_BODY_BYTES = 1024 * 1024;

export type ClusterOptions = {
  stateFile: string;
  /** Counts only when the state file is not there yet. */
  start: StartState;
  port: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** What nodes must show as a bearer token; REST reads need none. */
  token: string;
};

export type Cluster = {
  /** `http://host:port` */
  url: string;
  state(): ClusterState;
  journal(): JournalEntry[];
  /** AppError `not_found` for an unknown node. */
  exec(node: string, argv: string[]): CommandOutcome;
  close(): Promise<void>;
};

type Reply = { status: number; body: Json };

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { host = "127.0.0.1" } = options;
  const store = openStore(options);
  const server = createServer(
    (request, response) => void serve(request, response, { store, token: options.token }),
  );
  server.listen(options.port, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${port}`,
    state: store.state,
    journal: store.journal,
    exec: (node, argv) => runCommand({ store, node, argv }),
    close: () => close(server),
  };
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  cluster: { store: Store; token: string },
): Promise<void> {
  let reply: Reply;
  try {
    reply = await answer(request, cluster);
  } catch (error) {
    reply = refusal(error);
  }
  response.writeHead(reply.status, { "content-type": "application/json" });
  response.end(JSON.stringify(reply.body));
}

async function answer(
  request: IncomingMessage,
  { store, token }: { store: Store; token: string },
): Promise<Reply> {
  const path = decodeURI(new URL(request.url ?? "/", "http://cluster").pathname);
  if (path.startsWith("/api2/json/")) return read(request, store, path.slice("/api2/json".length));
  if (!holdsToken(request, token)) return { status: 401, body: { message: "no valid token" } };
  if (request.method === "GET" && path === "/files") {
    const state = store.state();
    return {
      status: 200,
      body: { revision: state.revision, folders: clusterFolders(state), files: clusterFiles(state) },
    };
  }
  if (request.method !== "POST" || path !== "/exec")
    return { status: 404, body: { message: `no such path '${path}'` } };
  const { node, argv } = parseExecRequest(await readBody(request));
  return { status: 200, body: runCommand({ store, node, argv }) };
}

function read(request: IncomingMessage, store: Store, path: string): Reply {
  const data = request.method === "GET" ? readResource(store.state(), path) : undefined;
  if (data !== undefined) return { status: 200, body: { data } };
  return { status: 501, body: { data: null, message: `Method '${request.method} ${path}' not implemented` } };
}

/** Compared as digests: equal length, equal time. */
function holdsToken(request: IncomingMessage, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(request.headers.authorization ?? ""), digest(`Bearer ${token}`));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES)
      throw new AppError("bad_arguments", `the request is longer than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function refusal(error: unknown): Reply {
  const status = isAppError(error) ? statusOf(error) : 500;
  return { status, body: { data: null, message: describeError(error) } };
}
