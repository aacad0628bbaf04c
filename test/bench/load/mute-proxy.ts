/**
 * Redis behind a proxy that can cut pub/sub the nasty way: connections that subscribe stay open and nothing comes out
 * of them any more. What else goes through it passes.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type MuteProxy = { port: number; mute(): void; close(): Promise<void> };

export async function startMuteProxy(redisPort: number): Promise<MuteProxy> {
  const sockets = new Set<Socket>();
  let isMute = false;
  const server = createServer((client) => {
    const upstream = connect(redisPort, "127.0.0.1");
    let subscribes = false;
    client.on("data", (data) => {
      subscribes ||= /\bsubscribe\r\n/i.test(data.toString("latin1"));
      upstream.write(data);
    });
    upstream.on("data", (data) => void (isMute && subscribes ? undefined : client.write(data)));
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true));
      socket.on("error", () => {}); // "close" follows
      socket.on("close", () => {
        client.destroy();
        upstream.destroy();
      });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    mute: () => {
      isMute = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
