/** What a load runs on: a Redis that has every write on disk, four agents that can be restarted, a watch on the history. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { connectRedisBus } from "../../../agents/bus/redis-bus.ts";
import { inboxKey } from "../../../agents/bus/redis-schema.ts";
import type { Sender } from "../../../agents/protocol/roles.ts";
import { OPERATOR, ROLES, SENDERS } from "../../../agents/protocol/roles.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { untilUp } from "../../../agents/runtime/until-up.ts";
import { build } from "../../../launcher/team/bundle.ts";
import { MortalRedis } from "../../rig/mortal-redis.ts";
import { Ledger } from "./ledger.ts";
import { Member } from "./member.ts";

const SAMPLE_MS = 20;

export class Arena implements AsyncDisposable {
  /** What was said in the present part of the load. */
  ledger = new Ledger();
  members: Member[] = [];
  historyMax = 0;
  readonly #program: string;
  readonly #server: MortalRedis;
  readonly #redis: Redis;
  readonly #stack = new AsyncDisposableStack();

  private constructor(server: MortalRedis, program: string) {
    this.#server = server;
    this.#program = program;
    this.#redis = new Redis(server.urlOf("judge"));
  }

  get port(): number {
    return this.#server.port;
  }

  /** Where `sender` enters, as in the product; the port may be a proxy's. */
  urlOf(sender: Sender, port = this.port): string {
    const url = new URL(this.#server.urlOf(sender === OPERATOR ? "console" : sender));
    url.port = String(port);
    return url.href;
  }

  static async open(): Promise<Arena> {
    await using stack = new AsyncDisposableStack();
    const directory = await mkdtemp(join(tmpdir(), "minilab-bench-"));
    stack.defer(() => rm(directory, { recursive: true, force: true }));
    await build({ agent: "test/bench/load/instant-agent.ts" }, directory);
    const server = stack.use(await MortalRedis.start(join(directory, "redis")));
    const arena = new Arena(server, join(directory, "agent.mjs"));
    arena.#stack.use(stack.move());
    arena.#stack.defer(async () => arena.#redis.disconnect());
    arena.#stack.defer(() => arena.kill());
    arena.#stack.use(arena.#watchHistory());
    return arena;
  }

  /** Four agents; they connect to `port`, which may be a proxy's. */
  start(port = this.port): void {
    const program = this.#program;
    this.members = ROLES.map((role) => new Member(role, { program, redisUrl: this.urlOf(role, port) }));
    for (const member of this.members) {
      member.listen((told) => told.kind === "ended" && this.ledger.ended(member.role, told.content));
    }
  }

  /** kill -9, all four. */
  async kill(): Promise<void> {
    await Promise.all(this.members.map((member) => member[Symbol.asyncDispose]()));
  }

  /** Until the agents of now have taken in so many messages. */
  async taken(count: number, signal: AbortSignal): Promise<void> {
    const all = () => this.members.reduce((sum, member) => sum + member.taken, 0);
    while (all() < count) await sleep(SAMPLE_MS, undefined, { signal });
  }

  get maxRssMb(): number {
    return Math.max(...this.members.map((member) => member.rssMb));
  }

  /** Messages that Redis still holds for a role. */
  async pending(): Promise<number> {
    const replies = SENDERS.flatMap((sender) =>
      ROLES.map((role) => this.#redis.xlen(inboxKey(role, sender))),
    );
    return (await Promise.all(replies)).reduce((sum, count) => sum + count, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #watchHistory(): AsyncDisposable {
    const stopping = new AbortController();
    const { signal } = stopping;
    const url = this.urlOf(OPERATOR);
    const bus = connectRedisBus({ url, name: "load-history", redactor: createRedactor([]) });
    const watching = (async () => {
      while (!stopping.signal.aborted) {
        this.historyMax = Math.max(
          this.historyMax,
          (await untilUp(() => bus.history({ signal }), signal)).length,
        );
        await sleep(SAMPLE_MS);
      }
    })();
    return {
      [Symbol.asyncDispose]: async () => {
        stopping.abort();
        await watching.catch(() => {}); // it was stopped
        await bus.close();
      },
    };
  }
}
