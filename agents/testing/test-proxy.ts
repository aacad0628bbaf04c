/** A web proxy that leads to ports of this machine, each under an address that exists nowhere else. */
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { ProxyAddress } from "../base/config.ts";

export type TestProxy = {
  address: ProxyAddress;
  /** What it was asked for, refused or not. */
  asked: string[];
  close(): void;
};

/** `leads`: from `192.0.2.11:22` to a port on 127.0.0.1. Every other target is refused. */
export async function startTestProxy(leads: Readonly<Record<string, number>>): Promise<TestProxy> {
  const asked: string[] = [];
  const server = createServer().on("connect", ({ url = "" }, client) => {
    asked.push(url);
    client.on("error", () => {});
    const port = leads[url];
    if (port === undefined) return client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    const target = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    return target.on("error", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { address: { host: "127.0.0.1", port }, asked, close: () => void server.close() };
}
