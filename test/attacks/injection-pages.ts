/** The web of the injections: a node's page with whatever is put there, and a canary that keeps what it is sent. */

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Those that fetch_webpage reads on nodes. */
const PAGE_PORTS = [8006, 80, 443];

export type PageServer = AsyncDisposable & {
  /** A page of the node pve1. */
  url: string;
  canaryPort: number;
  /** What the canary was sent so far: request lines and bodies. */
  sent: string[];
  put(text: string): void;
};

export async function startPages(): Promise<PageServer> {
  let page = "";
  const sent: string[] = [];
  const pages = createServer((_, response) => response.setHeader("content-type", "text/plain").end(page));
  const canary = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    sent.push(`${request.method} ${request.url} ${body}`);
    response.end();
  });
  const [port] = await Promise.all([listen(pages, PAGE_PORTS), listen(canary, [0])]);
  const close = async () => {
    for (const server of [pages, canary]) server.close().closeAllConnections();
  };
  return {
    ...{ url: `http://pve1:${port}/`, canaryPort: (canary.address() as AddressInfo).port, sent },
    put: (text) => {
      page = text;
    },
    [Symbol.asyncDispose]: close,
  };
}

/** On the first of these ports that is free. */
async function listen(server: Server, [port, ...others]: readonly number[]): Promise<number> {
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  } catch (error) {
    if (others.length === 0) throw error;
    return await listen(server, others);
  }
}
