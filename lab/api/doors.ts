/** Where the API of a running lab is reached: a unix socket, to which port 8006 of each node leads, and a free port of 127.0.0.1. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { closeAll } from "../machines/close-all.ts";
import { makeSocketFolder } from "../machines/socket-folder.ts";
import type { Certificates } from "./certificates.ts";
import type { Api } from "./perform.ts";
import { serveApi } from "./server.ts";

export type Doors = {
  /** `https://127.0.0.1:PORT` */
  url: string;
  /** A path. */
  socket: string;
  close(): Promise<void>;
};

/** `directory` is the lab's: a socket that an earlier lab left there goes. */
export async function openDoors(api: Api, certificates: Certificates, directory: string): Promise<Doors> {
  const folder = makeSocketFolder(directory, "api");
  const closers = [async () => rmSync(folder, { recursive: true, force: true })];
  const close = closeAll(closers);
  const socket = join(folder, "api.sock");
  rmSync(socket, { force: true });
  try {
    closers.push((await serveApi(api, certificates, { socket })).close);
    const { url, close: closePort } = await serveApi(api, certificates, { port: 0 });
    closers.push(closePort);
    return { url, socket, close };
  } catch (error) {
    await close();
    throw error;
  }
}
