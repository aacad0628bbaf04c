/** A connection to a port of a node: straight, or by its web proxy, which is asked for that node and for nothing else. */
import { once } from "node:events";
import { request } from "node:http";
import { connect, isIPv6, type Socket } from "node:net";
import type { NodeAddress, ProxyAddress } from "./config.ts";
import { AppError, describeError } from "./errors.ts";

export type SocketOptions = {
  /** That of SSH when left out. */
  port?: number;
  signal: AbortSignal;
};

/** Connected; the caller listens for its errors at once. `signal` counts until then. Rejects as connect(2) fails. */
export async function openNodeSocket(node: NodeAddress, options: SocketOptions): Promise<Socket> {
  const { port = node.port, signal } = options;
  signal.throwIfAborted();
  if (node.proxy) return await askProxy(node.proxy, `${bracketed(node.host)}:${port}`, signal);
  const socket = connect({ host: node.host, port, noDelay: true });
  try {
    await once(socket, "connect", { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** RFC 9110, section 9.3.6. */
async function askProxy(proxy: ProxyAddress, target: string, signal: AbortSignal): Promise<Socket> {
  const headers = { host: target };
  const asked = request({ ...proxy, method: "CONNECT", path: target, headers, agent: false }).end();
  try {
    const [{ statusCode }, socket, early] = await once(asked, "connect", { signal });
    if (statusCode !== 200) throw new AppError("unavailable", `HTTP ${statusCode}`);
    if (early.length > 0) socket.unshift(early);
    return socket;
  } catch (error) {
    asked.on("error", () => {}).destroy(); // it has said all that it had to say
    if (signal.aborted) throw error;
    const place = `${bracketed(proxy.host)}:${proxy.port}`;
    throw new AppError(
      "unavailable",
      `PROXMOX_PROXY ${place} leads to no ${target}: ${describeError(error)}`,
    );
  }
}

/** As a host stands before `:PORT`. */
export function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
