/** Connections from one network to another: a listener in the one, its target in the other. */
import { startKeeper } from "./namespaces.ts";

export type Route = {
  /** `ADDRESS:PORT`, port 0 for a free one; `@NAME` for the sockets that processes of that network hand over by this name. */
  listen: string;
  /** `ADDRESS:PORT`, the path of a unix socket, or CONNECT: whatever the client asks for, as it asks a web proxy. */
  target: string;
};

export type ForwardOptions = {
  /** Processes in whose networks it listens and connects; this one's when left out. */
  from?: number;
  to?: number;
  routes: readonly Route[];
};

export type Forward = { /** In the order of the routes. */ ports: number[]; close(): Promise<void> };

export async function forward({ from = 0, to = 0, routes }: ForwardOptions): Promise<Forward> {
  const words = routes.map(({ listen, target }) => `${listen} ${target}`);
  const keeper = startKeeper("forward", [String(from), String(to), ...words]);
  try {
    const ports = (await keeper.line()).split(" ").map(Number);
    return { ports, close: keeper.close };
  } catch (error) {
    await keeper.close();
    throw error;
  }
}
