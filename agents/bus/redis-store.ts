/**
 * Redis as this project uses it: optimistic transactions, blocking reads, pub/sub, and word of when it is
 * away. It knows nothing of messages. A write is never resent: whoever asked repeats it, and each transaction
 * recognises its own repetition.
 */
import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError, describeError } from "../base/errors.ts";
import type { Decide, Look, RedisCommand } from "./look.ts";
import { type Connection, connect, leaveTogether, SILENCE_MS } from "./redis-connection.ts";
import { type Readiness, readinessOf } from "./redis-loading.ts";
import { refusingErrors, results } from "./redis-replies.ts";
import { Transactions } from "./transactions.ts";

/** How often a Redis is asked that is not ready yet. */
const READY_POLL_MS = 25;

export class RedisStore {
  readonly #writer: Connection;
  readonly #reader: Connection;
  readonly #subscriber: Connection;
  readonly #question: NodeJS.Timeout;
  readonly #transactions = new Transactions(
    (commands) => this.pipeline(commands),
    () => this.#life,
  );
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
    this.#writer = connect(url, { name: `${name}-writer`, queue: false });
    this.#reader = connect(url, { name: `${name}-reader`, queue: false });
    this.#subscriber = connect(url, { name: `${name}-subscriber`, queue: true });
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
      await sleep(READY_POLL_MS);
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
    leaveTogether(this.#writer);
    return await refusingErrors(this.#writer.call(command[0], ...command.slice(1)));
  }

  async pipeline(commands: readonly RedisCommand[]): Promise<unknown[]> {
    if (commands.length === 0) return [];
    this.#assertWhole();
    leaveTogether(this.#writer);
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
   * Read, decide, write, all or nothing: what `decide` returns is written only if nothing that was looked at changed
   * since; else it decides again. One transaction at a time on this connection.
   */
  async transact<T>(look: Look, decide: Decide<T>): Promise<T> {
    return await this.#transactions.run(look, decide);
  }

  /** Look, for a transaction that may come, and read what else is asked for: its replies. */
  async lookAhead(look: Look, beside: readonly RedisCommand[]): Promise<unknown[]> {
    return await this.#transactions.lookAhead(look, beside);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    clearInterval(this.#question);
    for (const redis of [this.#writer, this.#reader, this.#subscriber]) redis.disconnect();
  }
}
