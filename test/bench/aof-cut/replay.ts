/** A redis-server on a copy of an append-only file that ends early, as after a power cut. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { type View, viewOf } from "./view.ts";

/** Relative to the folder of a redis-server that has not rewritten its file. */
export const AOF = "appendonlydir/appendonly.aof.1.incr.aof";

/** What Redis holds once it has loaded the first `bytes` of the file in `directory`, which stays as it is. */
export async function replay(directory: string, bytes: number): Promise<View> {
  await using stack = new AsyncDisposableStack();
  const copy = await mkdtemp(join(tmpdir(), "minilab-aof-"));
  stack.defer(() => rm(copy, { recursive: true, force: true }));
  await cp(join(directory, "appendonlydir"), join(copy, "appendonlydir"), { recursive: true });
  await truncate(join(copy, AOF), bytes);
  const path = join(copy, "socket");
  stack.use(startServer(copy, path));
  const redis = new Redis({ path, retryStrategy: () => 2, maxRetriesPerRequest: null });
  redis.on("error", () => {}); // not listening yet
  stack.defer(async () => redis.disconnect());
  return await viewOf(redis);
}

function startServer(directory: string, socket: string): AsyncDisposable {
  const settings = ["--port", "0", "--unixsocket", socket, "--dir", directory, "--save", ""];
  const aof = ["--appendonly", "yes", "--aof-load-truncated", "yes"];
  const child = spawn("redis-server", [...settings, ...aof], { stdio: "ignore" });
  const ended = once(child, "exit");
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
