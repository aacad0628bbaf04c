/**
 * Redis as this project uses it: optimistic transactions, blocking reads, pub/sub, and word of when it is
 * away. The home of ioredis; it knows nothing of messages. A write is never resent by the library: whoever
 * asked repeats it, and each transaction recognises its own repetition. Long because ioredis has one home, and
 * what comes before a store (is it there, has it written its file anew) is asked over it too.
 */
import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { AppError, describeError } from "../base/errors.ts";
import { type Readiness, readinessOf } from "./redis-loading.ts";
import { refusingErrors, results } from "./redis-replies.ts";

export type RedisCommand = readonly [name: string, ...args: (string | number)[]];

/** What a transaction does once it has seen what it watches: write, or end with a result and no write. */
export type Decision<T> = { write: RedisCommand[]; result: T } | { write?: undefined; result: T };

/** A connection that owes an answer for longer than this is taken for dead, though nobody has closed it. */
const SILENCE_MS = 5_000;
/** How often a Redis is asked that is not ready yet. */
const TIDY_POLL_MS = 25;
/** Repetitions of a transaction that others keep overtaking. */
const MAX_RACES = 50;

export class RedisStore {
  readonly #writer: Redis;
  readonly #reader: Redis;
  readonly #subscriber: Redis;
  readonly #question: NodeJS.Timeout;
  #lane: Promise<unknown> = Promise.resolve();
  /** Set while it answers and has been found to hold all that it confirmed. */
  #isWhole = false;
  /** Why it may not be used, though it answers. */
  #loss = "";
  /** Why it may not be used yet. */
  #delay = "";
  /** Counts connections, so that no examination outlives its own. */
  #life = 0;
  readonly #changed = new EventEmitter<{ change: [state: "up" | "down", reason: string] }>();

  constructor(url: string, name: string) {
    const connection = (purpose: string, queue: boolean) => {
      const redis = new Redis(url, {
        protocol: 2, // replies as plain lists
        connectionName: `${name}-${purpose}`,
        autoResendUnfulfilledCommands: false,
        autoResubscribe: false,
        enableOfflineQueue: queue,
        maxRetriesPerRequest: queue ? null : 0,
        retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
        connectTimeout: 5_000,
        socketTimeout: SILENCE_MS,
      });
      redis.on("error", () => {}); // told by onConnection; ioredis prints errors that nobody listens to
      return redis;
    };
    this.#writer = connection("writer", false);
    this.#reader = connection("reader", false);
    this.#subscriber = connection("subscriber", true);
    this.#question = setInterval(() => this.#askSubscriber(), SILENCE_MS);
    this.#question.unref();
    this.#follow();
  }

  get isUp(): boolean {
    return this.#writer.status === "ready" && this.#isWhole;
  }

  /** Resolves once it can be asked; rejects when `signal` aborts, and with `bad_config` when Redis lost something. */
  async connected(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (!this.isUp && this.#loss === "") await once(this.#changed, "change", { signal });
    if (this.#loss !== "") throw new AppError("bad_config", this.#loss);
  }

  /** Called at each change; the reason is for people. */
  onConnection(listener: (state: "up" | "down", reason: string) => void): void {
    this.#changed.on("change", listener);
  }

  #follow(): void {
    let reason = "connection closed";
    this.#writer.on("error", (error) => {
      reason = describeError(error);
    });
    this.#writer.on("close", () => {
      this.#isWhole = false;
      this.#loss = "";
      this.#delay = "";
      this.#changed.emit("change", "down", reason);
    });
    this.#writer.on("ready", () => void this.#examine());
  }

  /** Not used before it is ready, and never when it lost something: nothing is begun over what is left. */
  async #examine(): Promise<void> {
    const life = ++this.#life;
    for (;;) {
      const info = await this.#writer.call("INFO", "persistence", "stats").catch(() => undefined); // away again
      if (this.#writer.status !== "ready" || life !== this.#life) return;
      const readiness: Readiness =
        info === undefined ? { kind: "lost", reason: "it does not answer INFO" } : readinessOf(String(info));
      if (readiness.kind !== "wait") return this.#settle(readiness);
      if (this.#delay === "") this.#changed.emit("change", "down", readiness.reason);
      this.#delay = readiness.reason;
      await sleep(TIDY_POLL_MS);
    }
  }

  #settle(readiness: Readiness): void {
    const reason = readiness.kind === "ready" ? "" : readiness.reason;
    this.#isWhole = readiness.kind === "ready";
    this.#loss = reason && `Redis: ${reason}`;
    this.#changed.emit("change", this.#isWhole ? "up" : "down", reason);
  }

  #assertWhole(): void {
    if (!this.isUp) throw new AppError("unavailable", this.#loss || this.#delay || "Redis: not connected");
  }

  onMessage(channels: readonly string[], listener: (channel: string, payload: string) => void): void {
    this.#subscriber.on("message", listener);
    // at each connection, by ourselves: the library leaves the refusal of a connection that ends at once to nobody
    const subscribe = () => void this.#subscriber.subscribe(...channels).catch(() => {});
    this.#subscriber.on("ready", subscribe);
    if (this.#subscriber.status === "ready") subscribe();
  }

  /** Called each time that the subscription (re)starts: what was published before it was missed. */
  onSubscribed(listener: () => void): void {
    this.#subscriber.on("ready", listener);
  }

  async command(command: RedisCommand): Promise<unknown> {
    this.#assertWhole();
    return await refusingErrors(this.#writer.call(command[0], ...command.slice(1)));
  }

  async pipeline(commands: readonly RedisCommand[]): Promise<unknown[]> {
    if (commands.length === 0) return [];
    this.#assertWhole();
    const batch = this.#writer.pipeline();
    for (const [name, ...args] of commands) batch.call(name, ...args);
    return results(await refusingErrors(batch.exec()));
  }

  /** For a command that waits, less than five seconds: on a connection of its own, one at a time. */
  async blocking(command: RedisCommand): Promise<unknown> {
    this.#assertWhole();
    return await refusingErrors(this.#reader.call(command[0], ...command.slice(1)));
  }

  /** Who only listens owes no answer: without a question a dead connection would pass for a quiet one. */
  #askSubscriber(): void {
    if (this.#subscriber.status === "ready") this.#subscriber.ping().catch(() => {}); // it connects again by itself
  }

  /**
   * Read, decide, write, all or nothing: what `decide` returns is written only if none of `watch` changed
   * since; else it decides again. One transaction at a time on this connection.
   */
  async transact<T>(
    watch: readonly string[],
    reads: readonly RedisCommand[],
    decide: (replies: unknown[]) => Decision<T>,
  ): Promise<T> {
    const mine = this.#lane.then(async () => {
      for (let race = 0; race < MAX_RACES; race++) {
        const done = await this.#attempt(watch, reads, decide);
        if (done !== undefined) return done.result;
      }
      throw new AppError("unavailable", "Redis: others kept changing the same records");
    });
    this.#lane = mine.catch(() => {}); // the failure belongs to the caller, not to the next in line
    return await mine;
  }

  async #attempt<T>(
    watch: readonly string[],
    reads: readonly RedisCommand[],
    decide: (replies: unknown[]) => Decision<T>,
  ): Promise<{ result: T } | undefined> {
    const replies = await this.pipeline([["WATCH", ...watch], ...reads]);
    const decision = decide(replies.slice(1));
    if (decision.write === undefined) {
      await this.command(["UNWATCH"]);
      return { result: decision.result };
    }
    const batch = this.#writer.multi();
    for (const [name, ...args] of decision.write) batch.call(name, ...args);
    const outcome = await refusingErrors(batch.exec());
    if (outcome === null) return undefined;
    results(outcome);
    return { result: decision.result };
  }

  /** Idempotent. */
  async close(): Promise<void> {
    clearInterval(this.#question);
    for (const redis of [this.#writer, this.#reader, this.#subscriber]) redis.disconnect();
  }
}

/**
 * Log in with the credentials of the URL, if it has any, and PING, once. AppError `unavailable` with what Redis or the
 * network said otherwise; the password is in no message.
 */
export async function pingRedis(url: string, signal: AbortSignal): Promise<void> {
  const once = { retryStrategy: () => null, maxRetriesPerRequest: 0, enableReadyCheck: false };
  const redis = new Redis(url, { protocol: 2, disableClientInfo: true, ...once });
  const failure = Promise.withResolvers<never>();
  redis.on("error", failure.reject);
  const stop = () => failure.reject(new Error("no answer in time"));
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    await Promise.race([redis.ping(), failure.promise]);
  } catch (error) {
    throw new AppError("unavailable", `Redis at ${new URL(url).host}: ${describeError(error)}`);
  } finally {
    signal.removeEventListener("abort", stop);
    redis.disconnect();
  }
}

/**
 * Have a Redis that has just been started write its file anew, for whoever started it: no store uses it before. `url` is
 * that of a user who may INFO and BGREWRITEAOF. AppError `bad_config` when Redis lost something: its file then stays as
 * it is; `unavailable` when `signal` aborts first.
 */
export async function tidyRecords(url: string, signal: AbortSignal): Promise<void> {
  const again = { maxRetriesPerRequest: 0, retryStrategy: () => TIDY_POLL_MS };
  const redis = new Redis(url, { protocol: 2, disableClientInfo: true, ...again });
  redis.on("error", () => {}); // not listening yet
  let isAsked = false;
  try {
    while (!signal.aborted) {
      const info = await redis.call("INFO", "persistence", "stats").catch(() => undefined);
      const readiness = info === undefined ? undefined : readinessOf(String(info));
      if (readiness?.kind === "ready") return;
      if (readiness?.kind === "lost") throw new AppError("bad_config", `Redis: ${readiness.reason}`);
      if (readiness && !isAsked)
        isAsked = await redis.call("BGREWRITEAOF").then(
          () => true,
          () => false, // asked again
        );
      await sleep(TIDY_POLL_MS);
    }
  } finally {
    redis.disconnect();
  }
  throw new AppError("unavailable", "Redis did not write its file anew in time (BGREWRITEAOF)");
}
