/** What stands at every address of the network of one's own: a web server that leads on, and remembers who was reached. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { BlockList, isIPv4, type Socket } from "node:net";
import { PAGES } from "./ssrf-pages.ts";

export type Canary = {
  /** Private addresses that were connected to since it was last asked. */
  reached(): string[];
  close(): Promise<void>;
};

/** The web server of a node: to be reached. */
export const NODE = { name: "pve1", host: "192.168.10.201", port: 22 };
const NODE_PLACE = `${NODE.host}:80`;

/** By the registries of special-purpose addresses (IANA); written down here apart from what the product uses. */
const SPECIAL_V4 =
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 " +
  "192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4";
/** Of 2000::/3; all the rest is special. */
const SPECIAL_V6 = "2001::/23 2001:db8::/32 2002::/16 3fff::/20";

export async function serveCanary(ports: readonly number[]): Promise<Canary> {
  let reached: string[] = [];
  const note = (socket: Socket) => {
    const address = (socket.localAddress ?? "").replace(/^::ffff:(?=\d+\.)/, "");
    const place = `${address}:${socket.localPort}`;
    if (isPrivate(address) && place !== NODE_PLACE) reached.push(place);
  };
  const servers = await Promise.all(
    ports.map((port) => listen(createServer(answer).on("connection", note), port)),
  );
  return {
    reached() {
      const found = reached;
      reached = [];
      return found;
    },
    async close() {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => once(server.close(), "close")));
    },
  };
}

export function isPrivate(address: string): boolean {
  if (isIPv4(address)) return SPECIAL.check(address);
  return SPECIAL.check(address, "ipv6") || !GLOBAL_V6.check(address, "ipv6");
}

const SPECIAL = new BlockList();
const GLOBAL_V6 = new BlockList();
GLOBAL_V6.addSubnet("2000::", 3, "ipv6");
for (const subnet of [...SPECIAL_V4.split(" "), ...SPECIAL_V6.split(" ")]) {
  const [network = "", bits] = subnet.split("/");
  SPECIAL.addSubnet(network, Number(bits), isIPv4(network) ? "ipv4" : "ipv6");
}

async function listen(server: Server, port: number): Promise<Server> {
  server.listen(port, "::");
  await once(server, "listening");
  return server;
}

function answer({ url = "/" }: IncomingMessage, response: ServerResponse): void {
  const [, verb, first = "", rest = ""] = url.split("/");
  if (verb === "go") {
    response.writeHead(Number(first), { location: decodeURIComponent(rest) }).end();
    return;
  }
  const { headers, body } = PAGES[first] ?? { headers: {}, body: "<h1>Welcome</h1>" };
  response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...headers }).end(body);
}
