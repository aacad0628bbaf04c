/** One place where runs happen one after the other: a Redis behind a network that can fail, files, agents that wait to begin. */

import { rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { Env } from "../../../agents/base/config.ts";
import type { Bus } from "../../../agents/bus/bus.ts";
import type { RedisCommand } from "../../../agents/bus/look.ts";
import { connectRedisBus } from "../../../agents/bus/redis-bus.ts";
import { RedisStore } from "../../../agents/bus/redis-store.ts";
import type { Message } from "../../../agents/protocol/message.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { untilUp } from "../../../agents/runtime/until-up.ts";
import type { Lab } from "../../../lab/lab.ts";
import { MortalRedis } from "../../rig/mortal-redis.ts";
import { productEnv } from "../../rig/product-env.ts";
import { LaneFiles } from "./lane-files.ts";
import type { ScriptedModel } from "./model.ts";
import { Network } from "./network.ts";
import { type Orders, ROLE } from "./orders.ts";
import { Replica } from "./replica.ts";

export type LaneOptions = {
  directory: string;
  lab: { lab: Lab; directory: string };
  model: ScriptedModel;
  /** The bundled test/bench/chaos/agent.ts. */
  program: string;
  /** The product's own fifteen seconds would be most of a run. */
  leaseMs?: number;
};

/** `consumer` is "first" or "second": replicas with one workspace, each with a folder of its own beside it. */
export type Entrance = Pick<Orders, "armed" | "weakness"> & { consumer: "first" | "second" };

const LEASE_MS = 1_500;
/** For a connection of ours to a Redis that runs again. */
const BACK_MS = 10_000;

export class Lane implements AsyncDisposable {
  readonly redis: MortalRedis;
  readonly network: Network;
  /** Straight to Redis, past the network that faults hit. */
  readonly store: RedisStore;
  readonly bus: Bus;
  readonly files: LaneFiles;
  readonly log: string;
  readonly #options: LaneOptions;
  readonly #present: Replica[] = [];
  #next: Replica;

  private constructor(options: LaneOptions, redis: MortalRedis, network: Network) {
    const { directory, lab } = options;
    this.#options = options;
    this.redis = redis;
    this.network = network;
    this.store = new RedisStore(redis.urlOf("judge"), "chaos-judge");
    this.bus = connectRedisBus({
      url: redis.urlOf("console"),
      name: "chaos-operator",
      redactor: createRedactor([]),
    });
    this.files = new LaneFiles(directory, lab.directory);
    this.log = join(directory, "agents.log");
    this.#next = this.#start();
  }

  static async open(options: LaneOptions): Promise<Lane> {
    const redis = await MortalRedis.start(join(options.directory, "redis"));
    return new Lane(options, redis, await Network.start(redis.port));
  }

  /** A process that has started already gets its orders. */
  enter(entrance: Entrance): Replica {
    const replica = this.#next;
    this.#next = this.#start();
    this.#present.push(replica);
    replica.order({
      ...entrance,
      env: this.#env(entrance.consumer),
      leaseMs: this.#options.leaseMs ?? LEASE_MS,
    });
    return replica;
  }

  /** Replies of Redis, waited for when it has just come back. */
  async ask(commands: readonly RedisCommand[]): Promise<unknown[]> {
    return await untilUp(() => this.store.pipeline(commands), AbortSignal.timeout(BACK_MS));
  }

  /** What a turn would be shown of what was said. */
  async history(): Promise<Message[]> {
    const signal = AbortSignal.timeout(BACK_MS);
    return await untilUp(() => this.bus.history({ signal }), signal);
  }

  /** Ends the agents and forgets what was said; what was done stays in the files. */
  async clear(): Promise<void> {
    await Promise.all(this.#present.splice(0).map((replica) => replica.kill()));
    this.network.refuse(false);
    this.network.cut();
    await this.redis.start();
    await this.ask([["FLUSHALL"]]);
    truncateSync(this.log);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#present, this.#next].map((replica) => replica.kill()));
    await this.bus.close();
    await this.store.close();
    await this.network.close();
    await this.redis[Symbol.asyncDispose]();
    rmSync(this.#options.directory, { recursive: true, force: true });
  }

  #start(): Replica {
    return new Replica(this.#options.program, this.log);
  }

  #env(consumer: string): Env {
    const { directory, lab, model } = this.#options;
    const url = new URL(this.redis.urlOf(ROLE));
    url.port = String(this.network.port); // faults hit it there
    return {
      ...productEnv(),
      PROJECT_DIR: join(directory, consumer),
      REDIS_URL: url.href,
      OPENAI_API_BASE: model.url,
      OPENAI_API_KEY: "scripted",
      APPROVAL: "advise", // what is measured comes after it
      ...lab.lab.settings,
      KNOWN_NODES_FILE: join(directory, "first/known_nodes"),
    };
  }
}
