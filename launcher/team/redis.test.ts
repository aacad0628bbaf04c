import { execFile } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isAppError } from "../../agents/base/errors.ts";
import type { RedisCommand } from "../../agents/bus/look.ts";
import { connectRedisBus } from "../../agents/bus/redis-bus.ts";
import { RECORDS_FOLDER } from "../../agents/bus/redis-conf.ts";
import { pingRedis, tidyRecords } from "../../agents/bus/redis-start.ts";
import { RedisStore } from "../../agents/bus/redis-store.ts";
import { encodeMessage, newMessageId } from "../../agents/protocol/message.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { ours } from "../../agents/redact/redacted.ts";
import { untilUp } from "../../agents/runtime/until-up.ts";
import { receiveCount } from "../../agents/testing/bus-contract.ts";
import { startChild } from "./child.ts";
import { addressOf, freePort, startRedis } from "./redis.ts";

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
  await redisCli(first.url, "SET", "mission:User", "so far");
  await first.close();
  const second = await startRedis({ directory });
  expect(await redisCli(second.url, "GET", "mission:User")).toBe("so far");
  await second.close();
});

test.each(["strict", "compat"] as const)("what transactions wrote is there again, %s (R01)", async (mode) => {
  const first = await startRedis({ directory, mode });
  const operator = new RedisStore(first.url, "operator");
  await operator.connected(AbortSignal.timeout(5_000));
  await operator.transact({ watch: ["control"], reads: [] }, () => ({
    result: true,
    write: [
      ["HSET", "control", "session", "s", "epoch", 7, "state", "stopped"],
      ["XADD", "transcript:User", "*", "message", "m"],
    ],
  }));
  await operator.close();
  await first.close();
  const second = await startRedis({ directory, mode });
  expect(await redisCli(second.url, "HMGET", "control", "session", "epoch", "state")).toBe("s\n7\nstopped");
  expect(await redisCli(second.url, "XRANGE", "transcript:User", "-", "+")).toContain("message\nm");
  expect(await redisCli(second.url, "INFO", "stats")).toMatch(/unexpected_error_replies:0\r?$/m);
  await second.close();
});

/** What a Redis of 60652a0 would hold after a while: the user default could not replay. */
const OLD_DEFAULT = "user default off resetpass -@all";

test("what commit 60652a0 left is kept under a name and told; nothing of it is resumed", async () => {
  const users = "user console on nopass ~* &* +@all";
  writeFileSync(join(directory, "old.acl"), `${OLD_DEFAULT}\n${users}\n`);
  const port = await freePort();
  const conf = `port ${port}\nbind 127.0.0.1\naclfile "${directory}/old.acl"\ndir "${directory}"\nappendonly yes\nsave ""\n`;
  const cwd = directory;
  const argv = ["redis-server", "-"] as const;
  const old = startChild({ argv, cwd, env: process.env, output: join(directory, "old.log"), input: conf });
  const oldUrl = `redis://console:x@127.0.0.1:${port}`;
  await tidyRecords(oldUrl, AbortSignal.timeout(5_000)); // the old version did not; its records stay what they are
  const before = new RedisStore(oldUrl, "before");
  await before.connected(AbortSignal.timeout(5_000));
  const message = encodeMessage({
    ...{ kind: "message", id: newMessageId("User"), sender: "User", to: ["DevOps_Builder"] },
    ...{ content: ours("of old"), timestamp: new Date().toISOString(), session: "old", epoch: 3 },
  });
  await before.transact({ watch: ["control"], reads: [] }, () => ({
    result: true,
    write: [
      ["HSET", "control", "session", "old", "epoch", 3, "state", "running"],
      ["XADD", "transcript:User", "9999999999999-0", "message", message],
      ["XADD", "inbox:DevOps_Builder:User", "9999999999999-0", "message", message],
    ],
  }));
  await before.close();
  await old.stop();
  const file = "appendonly.aof.2.incr.aof";
  const left = readFileSync(join(directory, "appendonlydir", file));

  const redis = await startRedis({ directory });
  const [archived = ""] = readdirSync(directory).filter((name) => name.startsWith("archived-"));
  expect(redis.notice).toContain(join(directory, archived));
  expect(readFileSync(join(directory, archived, file))).toEqual(left);
  expect(
    await redisCli(redis.url, "EXISTS", "control", "transcript:User", "inbox:DevOps_Builder:User"),
  ).toContain("NOPERM");
  const signal = AbortSignal.timeout(5_000);
  const operator = connectRedisBus({ url: redis.url, name: "operator", redactor: createRedactor([]) });
  const url = addressOf(redis.accessOf("DevOps_Builder"));
  const builder = connectRedisBus({
    url,
    name: "builder",
    speaker: "DevOps_Builder",
    redactor: createRedactor([]),
  });
  const said = {
    id: newMessageId("User"),
    sender: "User",
    to: ["DevOps_Builder"],
    content: ours("new"),
  } as const;
  await untilUp(() => operator.send({ ...said, to: [...said.to] }, { signal }), signal);
  expect(await operator.control({ signal })).toMatchObject({ epoch: 1, state: "running" });
  expect((await operator.history({ signal })).map(({ content }) => content)).toEqual(["new"]);
  const mailbox = builder.mailbox("DevOps_Builder", "a");
  const [first] = await untilUp(() => receiveCount(mailbox, 1), signal);
  expect(first?.message.content).toBe("new");
  await Promise.all([operator.close(), builder.close(), redis.close()]);
  const again = await startRedis({ directory });
  expect(again.notice).toBeUndefined();
  await again.close();
});

test.each([
  ["a command that it refuses", "*3\r\n$5\r\nLPUSH\r\n$7\r\ncontrol\r\n$1\r\nx\r\n", "bad_config"],
  ["what is no command", "*2\r\n$7\r\nNOSUCHX\r\n$1\r\nx\r\n", "unavailable"],
  ["noise", "noise\r\n", "unavailable"],
])("a file with %s in its midst is not begun over, and stays as it is", async (_, bytes, code) => {
  const first = await startRedis({ directory });
  const operator = new RedisStore(first.url, "operator");
  await operator.connected(AbortSignal.timeout(5_000));
  await operator.transact({ watch: ["control"], reads: [] }, () => ({
    result: true,
    write: [["HSET", "control", "epoch", 1]],
  }));
  await operator.close();
  await first.close();
  const file = recordsFile();
  const after = "*4\r\n$4\r\nHSET\r\n$7\r\ncontrol\r\n$1\r\na\r\n$1\r\nb\r\n";
  appendFileSync(file, bytes + after);
  const broken = readFileSync(file);
  const error = await startRedis({ directory }).catch((error: unknown) => error);
  expect(error).toMatchObject({ code, message: expect.stringContaining(join(directory, RECORDS_FOLDER)) });
  expect(readFileSync(file)).toEqual(broken);
});

test.each([
  ["a command", "*3\r\n$3\r\nSET\r\n$7\r\nmis"],
  ["a transaction", "*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$1\r\n1\r\n*3\r\n$3\r\nSE"],
])("a file that a power cut has torn within %s loses nothing, then or later", async (_, torn) => {
  const first = await startRedis({ directory });
  await redisCli(first.url, "SET", "mission:User", "so far");
  await first.close();
  appendFileSync(recordsFile(), torn);
  const second = await startRedis({ directory });
  expect(await redisCli(second.url, "GET", "mission:User")).toBe("so far");
  const operator = new RedisStore(second.url, "operator");
  await operator.connected(AbortSignal.timeout(5_000));
  const write: RedisCommand[] = [["HSET", "control", "epoch", 7]]; // Redis itself would drop it at its next start
  await operator.transact({ watch: ["control"], reads: [] }, () => ({ result: true, write }));
  await operator.close();
  await second.close();
  const third = await startRedis({ directory });
  expect(await redisCli(third.url, "HGET", "control", "epoch")).toBe("7");
  expect(await redisCli(third.url, "GET", "mission:User")).toBe("so far");
  await third.close();
});

/** Where Redis writes what comes next. */
function recordsFile(): string {
  const folder = join(directory, RECORDS_FOLDER);
  const manifest = readFileSync(join(folder, "appendonly.aof.manifest"), "utf8");
  return join(folder, /^file (\S+) seq \d+ type i$/m.exec(manifest)?.[1] ?? "");
}

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
