/**
 * The cluster as the nodes' tools reach it: for whoever holds the token, commands in the name of a node, and the files of
 * /etc/pve. One request runs at a time, so that every command sees a whole state.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError, describeError, isAppError } from "../../agents/base/errors.ts";
import type { Settings } from "../api/call.ts";
import { openApi } from "../api/open-api.ts";
import type { Api } from "../api/perform.ts";
import { PveFiles } from "../pmxcfs/pve-files.ts";
import { runCommand } from "./cli.ts";
import { type ExecRequest, parseExecRequest } from "./exec-request.ts";
import type { GuestsInside, InsideRequest } from "./guests-inside.ts";
import type { CommandOutcome } from "./outcome.ts";
import { clusterFiles, clusterFolders } from "./pmxcfs.ts";
import type { ClusterState, JournalEntry, Json } from "./state.ts";
import { openStore, type StoreOptions } from "./store.ts";

const MAX_BODY_BYTES = 1024 * 1024;

export type ClusterOptions = StoreOptions & {
  port: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** What nodes must show as a bearer token. */
  token: string;
  settings?: Partial<Settings>;
  /** Files of /etc/pve that are not made from the state, by their path below it. */
  files?: Readonly<Record<string, string>>;
};

export type Cluster = {
  /** `http://host:port` */
  url: string;
  /** On the state that the commands work on. */
  api: Api;
  /** /etc/pve. */
  files: PveFiles;
  state(): ClusterState;
  journal(): JournalEntry[];
  /** AppError `not_found` for an unknown node. */
  exec(node: string, argv: string[]): Promise<CommandOutcome>;
  close(): Promise<void>;
};

type Served = { api: Api; token: string; files: Readonly<Record<string, string>> };
type Reply = { status: number; body: Json };

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { host = "127.0.0.1" } = options;
  const { token, settings = {}, files = {} } = options;
  const store = openStore(options);
  const api = openApi(store, { settings });
  const server = createServer((request, response) => void serve(request, response, { api, token, files }));
  server.listen(options.port, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${port}`,
    api,
    files: new PveFiles({ store, fixed: files }),
    state: store.state,
    journal: store.journal,
    exec: (node, argv) => execute(api, { node, argv, files: {}, input: "" }),
    close: () => close(server),
  };
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}

async function serve(request: IncomingMessage, response: ServerResponse, cluster: Served): Promise<void> {
  let reply: Reply;
  try {
    reply = await answer(request, cluster);
  } catch (error) {
    reply = refusal(error);
  }
  response.writeHead(reply.status, { "content-type": "application/json" });
  response.end(JSON.stringify(reply.body));
}

async function answer(request: IncomingMessage, { api, token, files }: Served): Promise<Reply> {
  const path = new URL(request.url ?? "/", "http://cluster").pathname;
  if (request.method === "GET" && path === "/health") return { status: 200, body: "ready" };
  if (!holdsToken(request, token)) return { status: 401, body: { message: "no valid token" } };
  if (request.method === "GET" && path === "/files") {
    const state = api.store.state();
    return {
      status: 200,
      body: {
        revision: state.revision,
        folders: clusterFolders(state),
        files: { ...clusterFiles(state), ...files },
      },
    };
  }
  if (request.method !== "POST" || path !== "/exec")
    return { status: 404, body: { message: `no such path '${path}'` } };
  return { status: 200, body: await execute(api, parseExecRequest(await readBody(request))) };
}

/** What is asked of a guest that is about to boot is asked of it then. */
async function prepare(guests: GuestsInside, [program, ...words]: readonly string[]): Promise<void> {
  const isInside = program === "pct" && /^(?:exec|enter|push|pull)$/.test(words[0] ?? "");
  if (isInside) await guests.booted(Number(words.find((word) => /^\d+$/.test(word))));
  if (words.some((word) => /agent|guest|interfaces/.test(word))) await guests.look();
}

/** With what it leaves to be done inside of a guest. */
async function execute(api: Api, { input, ...asked }: ExecRequest): Promise<CommandOutcome> {
  const { guests } = api.settings;
  if (guests) await prepare(guests, asked.argv);
  let inside: InsideRequest | undefined;
  const later = (request: InsideRequest) => {
    inside = request;
  };
  const outcome = runCommand({ api, ...asked, ...(guests && { later }) });
  return guests && inside ? guests.perform(inside, input) : outcome;
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
  const status = isAppError(error, "bad_arguments") ? 400 : 500;
  return { status, body: { data: null, message: describeError(error) } };
}
