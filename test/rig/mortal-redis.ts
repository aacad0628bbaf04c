/** A redis-server that can be killed and comes back at the same place with what was on its disk. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { pingRedis } from "../../agents/runtime/redis-ping.ts";
import { freePort } from "../../launcher/team/redis.ts";

const START_TIMEOUT_MS = 20_000;

export class MortalRedis implements AsyncDisposable {
  readonly port: number;
  readonly #directory: string;
  #child: ReturnType<typeof spawn> | undefined;

  private constructor(directory: string, port: number) {
    this.#directory = directory;
    this.port = port;
  }

  static async start(directory: string): Promise<MortalRedis> {
    mkdirSync(directory, { recursive: true });
    const redis = new MortalRedis(directory, await freePort());
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** As the product runs it: on disk before it is confirmed. Changes nothing while it runs. */
  async start(): Promise<void> {
    if (this.#isRunning()) return;
    const settings = { port: this.port, bind: "127.0.0.1", dir: this.#directory, save: "" };
    const durable = { appendonly: "yes", appendfsync: "always", "maxmemory-policy": "noeviction" };
    const args = Object.entries({ ...settings, ...durable }).flatMap(([name, value]) => [
      `--${name}`,
      `${value}`,
    ]);
    // without the signal a write over the limit of `fillDisk` is an error, as on a full disk
    const limited = ["sh", "-c", 'trap "" XFSZ; exec redis-server "$@"', "sh", ...args];
    this.#child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...limited], { stdio: "ignore" });
    await this.#answering(AbortSignal.timeout(START_TIMEOUT_MS));
  }

  /** From now on its append-only file has room for so many bytes, until it is started again. */
  async fillDisk(roomBytes: number): Promise<void> {
    const folder = join(this.#directory, "appendonlydir");
    const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
    const limit = Math.max(...sizes) + roomBytes;
    await promisify(execFile)("prlimit", ["--pid", String(this.#child?.pid), `--fsize=${limit}:`]);
  }

  /** Until it has ended, by itself or not. */
  async gone(): Promise<void> {
    if (this.#child && this.#isRunning()) await once(this.#child, "exit");
  }

  /** kill -9; resolves when it is gone. Idempotent. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || !this.#isRunning()) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
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
        return await pingRedis(this.url, limit);
      } catch (error) {
        if (limit.aborted) throw error;
        await delay(10);
      }
    }
  }
}
