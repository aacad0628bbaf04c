/**
 * Reads one page of the web, and of the nodes; never of another private address. The address is judged when it
 * is connected to, so a name that changes its mind gains nothing. Home of request-filtering-agent.
 */
import { readFile } from "node:fs/promises";
import {
  Agent,
  type AgentOptions,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { BlockList } from "node:net";
import type { Duplex } from "node:stream";
import type { NodeAddress } from "../../base/config.ts";
import { AppError, describeError } from "../../base/errors.ts";
import { openNodeSocket } from "../../base/node-socket.ts";
import { readInWorker } from "./read-in-worker.ts";

export type PageOptions = {
  nodes: readonly NodeAddress[];
  /** Hosts of the team whose every port may be asked, each by the way that leads there. */
  guests?: readonly WebGuest[];
  /** Of the nodes; the default is the Proxmox API and the web's two. */
  nodePorts?: readonly number[];
  /** Real path of the certificate authority that the nodes' certificates are checked against. */
  caFile?: string | undefined;
  signal: AbortSignal;
};

export type WebGuest = {
  name: string;
  host: string;
  open(port: number, signal: AbortSignal): Promise<Duplex>;
};

/** Of IPv6 only 2000::/3 is public; the address filter knows some of the rest, but not ::10.0.0.1. */
const NOT_HANDED_OUT = new BlockList();
// Around ::ffff:0:0/96, by which every IPv4 address would be meant.
NOT_HANDED_OUT.addRange("::", "::fffe:ffff:ffff", "ipv6");
NOT_HANDED_OUT.addRange("::1:0:0:0", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ipv6");
NOT_HANDED_OUT.addRange("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ipv6");

/** `text` is Markdown for HTML, else the text itself; without invisible characters. Untrusted. */
export type WebPage = { url: string; status: number; contentType: string; text: string };

const MAX_BYTES = 5_000_000;
const TIMEOUT_MS = 20_000;
const MAX_REDIRECTS = 5;
const NODE_PORTS = [80, 443, 8006];
const READABLE_TYPE = /^(?:text\/[\w.+-]+|application\/(?:[\w.+-]+\+)?(?:json|xml))$/;

/**
 * GET a page, redirects followed. AppError `not_allowed` for an address or a content that is refused,
 * `bad_arguments` for what is no URL, `unavailable` when nothing answers within 20 s.
 */
export async function fetchPage(address: string, options: PageOptions): Promise<WebPage> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  let url = checkUrl(address);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await get(url, { ...options, signal });
    const target = redirectOf(response);
    if (target === undefined) return readResponse(url, response, signal);
    response.destroy();
    url = checkUrl(target, url);
  }
  throw new AppError("not_allowed", `${address} redirects more than ${MAX_REDIRECTS} times.`);
}

function checkUrl(address: string, base?: URL): URL {
  const url = URL.parse(address, base?.href);
  if (!url) throw new AppError("bad_arguments", `${JSON.stringify(address)} is no URL.`);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new AppError("not_allowed", `${url.protocol} is not read: give an http or https URL.`);
  }
  if (url.username || url.password) throw new AppError("not_allowed", "A URL may carry no name or password.");
  return url;
}

async function get(url: URL, options: PageOptions): Promise<IncomingMessage> {
  const isTls = url.protocol === "https:";
  const { agent, hostname } = await routeTo(url, options, isTls);
  const headers = {
    accept: "text/*, application/json, application/xml;q=0.9",
    "accept-encoding": "identity",
  };
  const request = {
    agent,
    headers,
    signal: options.signal,
    ...(hostname ? { hostname } : {}),
  } as RequestOptions;
  return new Promise<IncomingMessage>((resolve, reject) => {
    const refuse = (error: Error) => reject(unreachable(url, error));
    (isTls ? httpsRequest : httpRequest)(url, request).on("response", resolve).on("error", refuse).end();
  });
}

/** A node or guest is reached as the operator set it; everything else only when its address is public. */
async function routeTo(
  url: URL,
  options: PageOptions,
  isTls: boolean,
): Promise<{ agent: Agent; hostname?: string }> {
  const guest = options.guests?.find(({ name, host }) => [name, host].includes(hostOf(url)));
  if (guest) {
    const socket = await guest.open(portOf(url), options.signal);
    socket.on("error", () => socket.destroy()); // the request says so
    return { agent: isTls ? new HttpsAgent({ socket } as object) : agentOver(socket), hostname: guest.host };
  }
  const node = nodeOf(url, options);
  if (node) {
    const ca = isTls && options.caFile ? await readFile(options.caFile) : undefined;
    const socket = node.proxy && (await openNodeSocket(node, { port: portOf(url), signal: options.signal }));
    return { agent: isTls ? new HttpsAgent({ ca, socket }) : agentOver(socket), hostname: node.host };
  }
  const { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } = await import("request-filtering-agent");
  const filter: AgentOptions & { blockList: BlockList } = { blockList: NOT_HANDED_OUT };
  return { agent: isTls ? new RequestFilteringHttpsAgent(filter) : new RequestFilteringHttpAgent(filter) };
}

/** Its one connection is this one. */
function agentOver(socket: Duplex | undefined): Agent {
  return Object.assign(new Agent(), socket && { createConnection: () => socket });
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function nodeOf(url: URL, { nodes, nodePorts = NODE_PORTS }: PageOptions): NodeAddress | undefined {
  const host = hostOf(url);
  return nodePorts.includes(portOf(url))
    ? nodes.find((node) => node.host === host || node.name === host)
    : undefined;
}

function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === "https:" ? 443 : 80);
}

function redirectOf(response: IncomingMessage): string | undefined {
  const isRedirect = [301, 302, 303, 307, 308].includes(response.statusCode ?? 0);
  return isRedirect ? response.headers.location : undefined;
}

async function readResponse(url: URL, response: IncomingMessage, signal: AbortSignal): Promise<WebPage> {
  const [contentType = "", ...parameters] = (response.headers["content-type"] ?? "").toLowerCase().split(";");
  if (!READABLE_TYPE.test(contentType.trim())) {
    response.destroy();
    throw new AppError("not_allowed", `${url.href} is ${contentType || "of no type"}; only text is read.`);
  }
  const text = decode(await readBody(url, response), parameters.join(";"));
  const shown = await readInWorker(text, { isHtml: contentType.includes("html"), signal }).catch((error) => {
    throw unreachable(url, error);
  });
  return { url: url.href, status: response.statusCode ?? 0, contentType: contentType.trim(), text: shown };
}

async function readBody(url: URL, response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES)
        throw new AppError("not_allowed", `${url.href} is larger than ${MAX_BYTES / 1_000_000} MB.`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw unreachable(url, error);
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Buffer, parameters: string): string {
  const charset = /charset="?([\w-]+)/.exec(parameters)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return bytes.toString(); // a charset that nobody knows
  }
}

/** The address filter refuses with an error without a code, the block list with its own; the system's and the protocol's errors have one. */
function unreachable(url: URL, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined || code === "ERR_IP_BLOCKED") {
    return new AppError(
      "not_allowed",
      `${url.host} is a private or local address, and no guest and no web port of a node.`,
    );
  }
  const reason = code === "ABORT_ERR" ? `no answer within ${TIMEOUT_MS / 1_000} s` : describeError(error);
  return new AppError("unavailable", `${url.href} could not be read: ${reason}`, { cause: error });
}
