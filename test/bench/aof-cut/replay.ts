/** A redis-server on a copy of an append-only file that ends early, as after a power cut. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { RECORDS_FOLDER, redisConf } from "../../../agents/bus/redis-conf.ts";
import { aclPath } from "../../../launcher/team/bus-identities.ts";
import { JUDGE } from "../../rig/mortal-redis.ts";
import { type View, viewOf } from "./view.ts";

/** Relative to the folder of a redis-server in its first life, which begins with a file written anew. */
export const AOF = `${RECORDS_FOLDER}/appendonly.aof.2.incr.aof`;

/** What Redis holds once it has loaded the first `bytes` of the file in `directory`, which stays as it is. */
export async function replay(directory: string, bytes: number): Promise<View> {
  await using stack = new AsyncDisposableStack();
  const copy = await mkdtemp(join(tmpdir(), "minilab-aof-"));
  stack.defer(() => rm(copy, { recursive: true, force: true }));
  await cp(join(directory, RECORDS_FOLDER), join(copy, RECORDS_FOLDER), { recursive: true });
  await truncate(join(copy, AOF), bytes);
  const path = join(copy, "socket");
  stack.use(startServer(directory, copy, path));
  const redis = new Redis({
    path,
    username: JUDGE,
    password: JUDGE,
    retryStrategy: () => 2,
    maxRetriesPerRequest: null,
  });
  redis.on("error", () => {}); // not listening yet
  stack.defer(async () => redis.disconnect());
  return await viewOf(redis);
}

/** As the product starts it, with the users of `directory`; on a socket, for no other program waits for its port. */
function startServer(directory: string, copy: string, socket: string): AsyncDisposable {
  const users = aclPath(join(directory, "identities"));
  const conf = `${redisConf({ directory: copy, port: 0, users })}unixsocket ${socket}\n`;
  const child = spawn("redis-server", ["-"], { stdio: ["pipe", "ignore", "ignore"] });
  child.stdin.end(conf);
  const ended = once(child, "exit");
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
