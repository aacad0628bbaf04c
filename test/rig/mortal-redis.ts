/**
 * A redis-server as the product starts it that can be killed, and comes back at the same place with what was on its disk.
 * It has one user more than the product's: the judge, who may do everything.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { isAppError } from "../../agents/base/errors.ts";
import type { Identity } from "../../agents/bus/acl.ts";
import type { BusMode } from "../../agents/bus/channels.ts";
import { RECORDS_FOLDER } from "../../agents/bus/redis-conf.ts";
import { pingRedis, tidyRecords } from "../../agents/bus/redis-start.ts";
import { aclPath } from "../../launcher/team/bus-identities.ts";
import { type BusAccess, type PreparedRedis, prepareRedis } from "../../launcher/team/redis.ts";

const START_TIMEOUT_MS = 20_000;
/** Name and password of the one who may do everything. */
export const JUDGE = "judge";

export type MortalOptions = {
  /** `strict` unless told. */
  mode?: BusMode;
  /** What a negative control makes of the text of the ACL file. */
  changeUsers?: (text: string) => string;
};

export class MortalRedis implements AsyncDisposable {
  readonly port: number;
  readonly #directory: string;
  readonly #prepared: PreparedRedis;
  #child: ReturnType<typeof spawn> | undefined;

  private constructor(directory: string, prepared: PreparedRedis) {
    this.#directory = directory;
    this.#prepared = prepared;
    this.port = prepared.port;
  }

  static async start(
    directory: string,
    { mode = "strict", changeUsers = (text) => text }: MortalOptions = {},
  ): Promise<MortalRedis> {
    const prepared = await prepareRedis({ directory, mode });
    const users = aclPath(join(directory, "identities"));
    const text = changeUsers(readFileSync(users, "utf8"));
    rmSync(users);
    writeFileSync(users, `${text}user ${JUDGE} on >${JUDGE} ~* &* +@all\n`);
    const redis = new MortalRedis(directory, prepared);
    await redis.start();
    return redis;
  }

  /** With name and password; `judge` may do everything. */
  urlOf(identity: Identity | typeof JUDGE): string {
    if (identity === JUDGE) return `redis://${JUDGE}:${JUDGE}@127.0.0.1:${this.port}`;
    return this.#prepared.urlOf(identity);
  }

  /** The settings with which a program enters. */
  accessOf(identity: Identity): BusAccess {
    return this.#prepared.accessOf(identity);
  }

  /** Changes nothing while it runs. */
  async start(): Promise<void> {
    if (this.#isRunning()) return;
    // without the signal a write over the limit of `fillDisk` is an error, as on a full disk
    const limited = ["sh", "-c", 'trap "" XFSZ; exec redis-server -'];
    const log = openSync(join(this.#directory, "redis.log"), "a");
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...limited], { stdio: ["pipe", log, log] });
    closeSync(log);
    child.stdin?.on("error", () => {}); // it ended before it read them: no answer tells
    child.stdin?.end(this.#prepared.conf);
    this.#child = child;
    const limit = AbortSignal.timeout(START_TIMEOUT_MS);
    await this.#answering(limit);
    await tidyRecords(this.urlOf(JUDGE), limit).catch((error: unknown) => {
      if (!isAppError(error, "bad_config")) throw error; // it lost something: whoever looks sees what
    });
  }

  /** Where it writes what comes next; each of its lives has a file of its own. */
  get file(): string {
    const folder = join(this.#directory, RECORDS_FOLDER);
    const manifest = readFileSync(join(folder, "appendonly.aof.manifest"), "utf8");
    return join(folder, /^file (\S+) seq \d+ type i$/m.exec(manifest)?.[1] ?? "");
  }

  /** From now on its append-only file has room for so many bytes, until it is started again. */
  async fillDisk(roomBytes: number): Promise<void> {
    const folder = join(this.#directory, RECORDS_FOLDER);
    const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
    const limit = Math.max(...sizes) + roomBytes;
    await promisify(execFile)("prlimit", ["--pid", String(this.#child?.pid), `--fsize=${limit}:`]);
  }

  /** Until it has ended, by itself or not. */
  async gone(): Promise<void> {
    if (this.#child && this.#isRunning()) await once(this.#child, "exit");
  }

  /** Resolves when it is gone; SIGTERM lets it finish what it does. Idempotent. */
  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (!child || !this.#isRunning()) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #isRunning(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  async #answering(limit: AbortSignal): Promise<void> {
    for (;;) {
      try {
        return await pingRedis(this.urlOf(JUDGE), limit);
      } catch (error) {
        if (limit.aborted) throw error;
        await delay(10);
      }
    }
  }
}
