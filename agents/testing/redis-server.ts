/**
 * A real redis-server of a test's own, as the product starts it, with the product's users and one more who may do
 * everything, the test itself: a free port, a temp folder, gone at the end.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAppError } from "../base/errors.ts";
import { aclFile, type Identity } from "../bus/acl.ts";
import type { BusMode } from "../bus/channels.ts";
import { redisConf } from "../bus/redis-conf.ts";
import { tidyRecords } from "../bus/redis-start.ts";

const START_MS = 20_000;
const TESTER = "tester";

export type RedisServer = {
  /** As the test itself. */
  url: string;
  urlOf(identity: Identity | typeof TESTER): string;
  port: number;
  /** kill -9, as a power cut would; `start` brings it back with what it had stored. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
};

/** Anybody may do anything, without a name and a password: for programs that know the original's format alone. */
export const OPEN_TO_ALL = "user default on nopass ~* &* +@all\n";

/** The product's users; each password is the name. */
export function productUsers(mode: BusMode): string {
  return aclFile(mode, (identity) => createHash("sha256").update(identity).digest("hex"));
}

/** Runs as in production, with `users` as the text of its ACL file. */
export async function startRedisServer(users = productUsers("strict")): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), "minilab-redis-"));
  const port = await freePort();
  const place = { directory, port, users: join(directory, "users.acl") };
  await writeFile(place.users, `${users}user ${TESTER} on >${TESTER} ~* &* +@all\n`);
  const urlOf = (identity: Identity | typeof TESTER) => `redis://${identity}:${identity}@127.0.0.1:${port}`;
  let child: ReturnType<typeof spawn> | undefined;
  const server: RedisServer = {
    url: urlOf(TESTER),
    urlOf,
    port,
    start: async () => {
      child = spawn("redis-server", ["-"], { stdio: ["pipe", "ignore", "ignore"] });
      child.stdin?.on("error", () => {}); // it ended first: `failed`, or no answer, tells
      child.stdin?.end(redisConf(place));
      const failed = once(child, "error").then(([error]) => {
        throw new Error(`redis-server does not start (apt-get install redis-server): ${error.message}`);
      });
      await Promise.race([answers(port), failed]);
      await tidyRecords(server.url, AbortSignal.timeout(START_MS)).catch((error: unknown) => {
        if (!isAppError(error, "bad_config")) throw error; // it lost something: whoever connects sees that
      });
    },
    kill: async () => {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
    close: async () => {
      await server.kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await pings(port)) return;
    await sleep(25);
  }
  throw new Error(`redis-server on port ${port} does not answer`);
}

async function pings(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    socket.write("PING\r\n");
    const [reply] = await once(socket, "data");
    return /^(\+PONG|-NOAUTH)/.test(String(reply));
  } catch {
    return false; // not yet
  } finally {
    socket.destroy();
  }
}
