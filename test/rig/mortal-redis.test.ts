import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RedisStore } from "../../agents/bus/redis-store.ts";
import { MortalRedis } from "./mortal-redis.ts";

test("benches measure the Redis that users run: nobody enters without a name, and a role writes its own alone (R02)", async () => {
  await using stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), "minilab-mortal-"));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const redis = stack.use(await MortalRedis.start(directory));
  const signal = AbortSignal.timeout(20_000);
  const open = async (url: string) => {
    const store = new RedisStore(url, "test");
    stack.defer(() => store.close());
    await store.connected(signal);
    return store;
  };
  const builder = await open(redis.urlOf("DevOps_Builder"));
  await builder.command(["HSET", "turn:DevOps_Builder:1", "status", "completed"]);
  for (const key of ["control", "turn:QA_Tester:1", "ledger:QA_Tester:s"])
    await expect(builder.command(["HSET", key, "a", "b"])).rejects.toThrow(/NOPERM/);
  const stranger = new RedisStore(`redis://127.0.0.1:${redis.port}`, "stranger");
  stack.defer(() => stranger.close());
  await expect(stranger.connected(AbortSignal.timeout(500))).rejects.toThrow();
});
