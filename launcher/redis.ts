/** A redis-server of our own: on the loopback address, behind a password that only our processes know, durable. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../agents/base/errors.ts";
import { pingRedis } from "../agents/runtime/redis-ping.ts";
import { type Child, startChild } from "./child.ts";

const START_TIMEOUT_MS = 20_000;

export type PrivateRedis = {
  /** With the password; also in `<directory>/redis-url`, which only its owner can read. */
  readonly url: string;
  readonly port: number;
  /** Settles when it has ended, for whatever reason. */
  readonly ended: Promise<unknown>;
  /** Idempotent; what was written stays in the directory. */
  close(): Promise<void>;
};

/**
 * Start redis-server on `port` (default: a free one) with its files in `directory`; what an earlier one left
 * there is loaded. Resolves once it answers; AppError `unavailable` with the end of its log when it does not.
 */
export async function startRedis(options: { directory: string; port?: number }): Promise<PrivateRedis> {
  const { directory } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const port = options.port ?? (await freePort());
  const password = randomBytes(24).toString("hex");
  const log = join(directory, "redis.log");
  const child = startChild({
    argv: ["redis-server", "-"],
    cwd: directory,
    env: { PATH: process.env["PATH"] },
    output: log,
    input: settings({ directory, port, password }),
  });
  const url = `redis://default:${password}@127.0.0.1:${port}`;
  await answering(url, child, log);
  writeFileSync(join(directory, "redis-url"), url, { mode: 0o600 });
  return { url, port, ended: child.ended, close: child.stop };
}

function settings({
  directory,
  port,
  password,
}: {
  directory: string;
  port: number;
  password: string;
}): string {
  const lines = [
    "bind 127.0.0.1",
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(directory)}`,
    "appendonly yes",
    "appendfsync always",
    'save ""',
    "maxmemory-policy noeviction",
  ];
  return `${lines.join("\n")}\n`;
}

/** A port that was free a moment ago on the loopback address. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function answering(url: string, child: Child, log: string): Promise<void> {
  const signal = AbortSignal.timeout(START_TIMEOUT_MS);
  const ended = child.ended.then(
    () => "ended",
    () => "not started",
  );
  while (!signal.aborted) {
    const state = await Promise.race([ended, pingOnce(url, signal)]);
    if (state === "answers") return;
    if (state !== "silent") break;
    await delay(20);
  }
  await child.stop();
  throw new AppError(
    "unavailable",
    `redis-server did not start (install: apt-get install redis-server; log: ${log})`,
  );
}

async function pingOnce(url: string, signal: AbortSignal): Promise<"answers" | "silent"> {
  return pingRedis(url, signal).then(
    () => "answers",
    () => "silent", // not listening yet, or loading its file
  );
}
