import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isAppError } from "../../agents/base/errors.ts";
import { RedisStore } from "../../agents/bus/redis-store.ts";
import { pingRedis } from "../../agents/runtime/redis-ping.ts";
import { addressOf, startRedis } from "./redis.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "redis with space "));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function redisCli(url: string, ...command: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("redis-cli", ["--no-auth-warning", "-u", url, ...command]);
  return stdout.trim();
}

test("what was written is there again after a restart, on another port", async () => {
  const first = await startRedis({ directory });
  await redisCli(first.url, "SET", "mission", "so far");
  await first.close();
  const second = await startRedis({ directory });
  expect(await redisCli(second.url, "GET", "mission")).toBe("so far");
  await second.close();
});

test.each(["strict", "compat"] as const)("what transactions wrote is there again, %s", async (mode) => {
  const first = await startRedis({ directory, mode });
  const operator = new RedisStore(first.url, "operator");
  await operator.connected(AbortSignal.timeout(5_000));
  await operator.transact(["control"], [], () => ({
    result: true,
    write: [
      ["HSET", "control", "session", "s", "epoch", 7, "state", "stopped"],
      ["XADD", "transcript:User", "*", "message", "m"],
      ["RPUSH", "chat_history", "m"],
    ],
  }));
  await operator.close();
  await first.close();
  const second = await startRedis({ directory, mode });
  expect(await redisCli(second.url, "HMGET", "control", "session", "epoch", "state")).toBe("s\n7\nstopped");
  expect(await redisCli(second.url, "XRANGE", "transcript:User", "-", "+")).toContain("message\nm");
  expect(await redisCli(second.url, "LRANGE", "chat_history", "0", "-1")).toBe("m");
  expect(await redisCli(second.url, "INFO", "stats")).toMatch(/unexpected_error_replies:0\r?$/m);
  await second.close();
});

test("a write is on disk before it is confirmed, and nothing is ever evicted", async () => {
  const redis = await startRedis({ directory, mode: "compat" });
  for (const [name, value] of [
    ["appendfsync", "always"],
    ["appendonly", "yes"],
    ["maxmemory-policy", "noeviction"],
    ["bind", "127.0.0.1"],
  ]) {
    expect(await redisCli(redis.url, "CONFIG", "GET", name ?? "")).toBe(`${name}\n${value}`);
  }
  await redis.close();
});

test("a stranger without the password gets nothing (F16)", async () => {
  const redis = await startRedis({ directory });
  expect(await redisCli(`redis://127.0.0.1:${redis.port}`, "PING")).toContain("NOAUTH");
  await expect(pingRedis(`redis://127.0.0.1:${redis.port}`, AbortSignal.timeout(5000))).rejects.toSatisfy(
    (error) => isAppError(error, "unavailable"),
  );
  await redis.close();
});

test("each program is told its own name and where its password is, never a password (F16)", async () => {
  const redis = await startRedis({ directory });
  const access = redis.accessOf("QA_Tester");
  expect(access).toMatchObject({ REDIS_USER: "QA_Tester", REDIS_URL: `redis://127.0.0.1:${redis.port}` });
  const password = readFileSync(access.REDIS_PASSWORD_FILE, "utf8");
  expect(JSON.stringify(access)).not.toContain(password);
  expect(await redisCli(addressOf(access), "HSET", "control", "state", "running")).toContain("NOPERM");
  expect(JSON.parse(readFileSync(join(directory, "access.json"), "utf8"))).toEqual(redis.accessOf("console"));
  expect(await redisCli(redis.url, "HSET", "control", "state", "running")).toBe("1");
  await redis.close();
});

test("a port that is taken is said at once, and no server stays", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const address = taken.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await expect(startRedis({ directory, port })).rejects.toSatisfy((error) =>
    isAppError(error, "unavailable"),
  );
  taken.close();
});
