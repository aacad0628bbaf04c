/** A redis-server of our own: on the loopback address, with a user for each identity that only our processes know, durable. */
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { loadConfig } from "../../agents/base/config.ts";
import { loadCredentials } from "../../agents/base/credentials.ts";
import { AppError, isAppError } from "../../agents/base/errors.ts";
import type { Identity } from "../../agents/bus/acl.ts";
import type { BusMode } from "../../agents/bus/channels.ts";
import { RECORDS_FOLDER, redisConf } from "../../agents/bus/redis-conf.ts";
import { pingRedis, tidyRecords } from "../../agents/bus/redis-start.ts";
import { aclPath, makeIdentities, passwordFile } from "./bus-identities.ts";
import { type Child, startChild } from "./child.ts";
import { archiveOlderRecords } from "./older-records.ts";

const START_TIMEOUT_MS = 20_000;

/** The settings with which a program enters: where Redis is, as whom, and in which file the password is. */
export type BusAccess = {
  REDIS_URL: string;
  REDIS_USER: string;
  REDIS_PASSWORD_FILE: string;
  BUS_MODE: BusMode;
};

export type RedisOptions = {
  directory: string;
  /** A free one unless told. */
  port?: number;
  /** `strict` unless told. */
  mode?: BusMode;
};

/** A redis-server that can be started: its users exist. */
export type PreparedRedis = {
  readonly port: number;
  /** What it reads from its standard input when it is started as `redis-server -`. */
  readonly conf: string;
  accessOf(identity: Identity): BusAccess;
  /** With name and password, for programs inside this process. */
  urlOf(identity: Identity): string;
};

export type PrivateRedis = Pick<PreparedRedis, "port" | "accessOf"> & {
  /** With the name and the password of the console, for programs of the operator's inside this process. */
  readonly url: string;
  /** For the operator, when an older version left something. */
  readonly notice: string | undefined;
  /** Settles when it has ended, for whatever reason. */
  readonly ended: Promise<unknown>;
  /** Idempotent; what was written stays in the directory. */
  close(): Promise<void>;
};

/** Makes the users with their passwords in `<directory>/identities`; passwords that are there are kept. */
export async function prepareRedis(options: RedisOptions): Promise<PreparedRedis> {
  const { directory, mode = "strict" } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const port = options.port ?? (await freePort());
  const identities = join(directory, "identities");
  makeIdentities(identities, mode);
  const accessOf = (identity: Identity): BusAccess => ({
    REDIS_URL: `redis://127.0.0.1:${port}`,
    REDIS_USER: identity,
    REDIS_PASSWORD_FILE: passwordFile(identities, identity),
    BUS_MODE: mode,
  });
  const urlOf = (identity: Identity) => addressOf(accessOf(identity));
  return { port, conf: redisConf({ directory, port, users: aclPath(identities) }), accessOf, urlOf };
}

/**
 * Start redis-server with its files in `directory`; what an earlier one left there is loaded. How the console gets in is
 * left in `<directory>/access.json`. Resolves once it holds all that was confirmed; otherwise it is ended and there is an
 * AppError: `unavailable` with the place of its log when it does not start, `bad_config` when it lost something.
 */
export async function startRedis(options: RedisOptions): Promise<PrivateRedis> {
  const { directory } = options;
  const { port, conf, accessOf, urlOf } = await prepareRedis(options);
  const notice = archiveOlderRecords(directory);
  const log = join(directory, "redis.log");
  const child = startChild({
    argv: ["redis-server", "-"],
    cwd: directory,
    env: { PATH: process.env["PATH"] },
    output: log,
    input: conf,
  });
  const url = urlOf("console");
  try {
    await answering(url, child, { directory, log });
    await holdsAll(urlOf("starter"), { directory, log });
  } catch (error) {
    await child.stop();
    throw error;
  }
  writeFileSync(join(directory, "access.json"), JSON.stringify(accessOf("console")), { mode: 0o600 });
  return { url, port, accessOf, notice, ended: child.ended, close: child.stop };
}

/** The address with name and password. AppError `bad_config` when the password cannot be read. */
export function addressOf(access: Partial<BusAccess>): string {
  return loadCredentials(loadConfig(access)).config.REDIS_URL;
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

/** Its folder and its log, for people. */
type Traces = { directory: string; log: string };

async function answering(url: string, child: Child, traces: Traces): Promise<void> {
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
  throw notStarted(traces);
}

function notStarted({ directory, log }: Traces): AppError {
  const records = join(directory, RECORDS_FOLDER);
  const mend = `redis-check-aof --fix ${join(records, "appendonly.aof.manifest")}`;
  const remedies = existsSync(records)
    ? `when it cannot read its records: keep a copy of ${records}, then ${mend}, or move the folder away to begin anew`
    : "when it is missing: apt-get install redis-server";
  return new AppError("unavailable", `redis-server did not start: the end of ${log} says why; ${remedies}`);
}

/** It holds all that was confirmed, and can be written to. */
async function holdsAll(url: string, { directory, log }: Traces): Promise<void> {
  try {
    await tidyRecords(url, AbortSignal.timeout(START_TIMEOUT_MS));
  } catch (error) {
    if (!isAppError(error, "bad_config")) throw error;
    const places = `records: ${join(directory, RECORDS_FOLDER)}, log: ${log}`;
    throw new AppError("bad_config", `${error.message} (${places})`);
  }
}

async function pingOnce(url: string, signal: AbortSignal): Promise<"answers" | "silent"> {
  return pingRedis(url, signal).then(
    () => "answers",
    () => "silent", // not listening yet, or loading its file
  );
}
