/**
 * A door to guests on a unix socket, for one run of a program that speaks SSH itself (ansible): it says a guest's name, and
 * this process makes the connection. No other address can be asked for, and the program needs no network of its own.
 */
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";

export type DoorOptions = {
  /** To the SSH port of the guest of that name; rejects for any other name. */
  open(name: string): Promise<Duplex>;
  /** Also for the group of this process: for commands that are another user. */
  isShared: boolean;
};

/** Absolute path of the socket; `close` ends what goes through. */
export type Door = { socketPath: string; close(): Promise<void> };

const MAX_NAME_BYTES = 100;
const MAX_CONNECTIONS = 64;

export async function serveGuestDoor({ open, isShared }: DoorOptions): Promise<Door> {
  const sockets = new Set<Duplex>();
  const keep = <T extends Duplex>(socket: T): T => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    return socket;
  };
  const server = createServer((asking) => void lead(keep(asking), async (name) => keep(await open(name))));
  server.maxConnections = MAX_CONNECTIONS;
  const folder = await mkdtemp(join(tmpdir(), "minilab-"));
  const socketPath = join(folder, "door");
  server.listen(socketPath);
  await once(server, "listening");
  await chmod(socketPath, isShared ? 0o660 : 0o600);
  await chmod(folder, isShared ? 0o710 : 0o700);
  return {
    socketPath,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function lead(asking: Socket, open: (name: string) => Promise<Duplex>): Promise<void> {
  try {
    const way = await open(await firstLine(asking));
    way.once("close", () => asking.destroy());
    asking.once("close", () => way.destroy());
    asking.pipe(way).pipe(asking);
  } catch {
    asking.destroy(); // the program says that it reached nobody
  }
}

/** What it says after that stays in the socket. */
async function firstLine(asking: Socket): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let said = "";
  const take = () => {
    for (let byte = asking.read(1); byte !== null; byte = asking.read(1)) {
      if (byte[0] === 10) return resolve(said);
      said += byte.toString("latin1");
      if (said.length > MAX_NAME_BYTES) return reject(new Error("no name of a guest"));
    }
  };
  asking.on("readable", take).once("close", () => reject(new Error("it went away")));
  return await promise.finally(() => asking.off("readable", take));
}
