/** One place where runs happen one after the other: a Redis behind a network that can fail, a workspace, agents that wait to begin. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Env } from "../../agents/base/config.ts";
import type { Bus } from "../../agents/bus/bus.ts";
import { connectRedisBus } from "../../agents/bus/redis-bus.ts";
import { RedisStore } from "../../agents/bus/redis-store.ts";
import type { Lab } from "../../lab/lab.ts";
import { makeWorkspace } from "../../launcher/parts.ts";
import { PROJECT_DIR } from "../../launcher/project.ts";
import type { ScriptedModel } from "./model.ts";
import { Network } from "./network.ts";
import type { Orders } from "./orders.ts";
import { MortalRedis } from "./redis.ts";
import { Replica } from "./replica.ts";
import { moduleText, NODE, PLAYBOOK_TEXT, type Task } from "./tasks.ts";

export type LaneOptions = {
  directory: string;
  lab: { lab: Lab; directory: string };
  model: ScriptedModel;
  /** The bundled bench/chaos/agent.ts. */
  program: string;
};

/** Everything but the point: that is the run's. */
export type Entrance = Pick<Orders, "consumer" | "armed" | "weakness">;

/** What replicas have in common; the rest of a project folder is each one's own, as in containers. */
const SHARED = ["generated_iac", "docs", "prompts", "tmp/app"];

/** The product's own fifteen seconds would be most of a run. */
const LEASE_MS = 1_500;

export class Lane implements AsyncDisposable {
  readonly redis: MortalRedis;
  readonly network: Network;
  /** Straight to Redis, past the network that faults hit. */
  readonly store: RedisStore;
  readonly bus: Bus;
  readonly log: string;
  readonly #options: LaneOptions;
  readonly #present: Replica[] = [];
  #next: Replica;

  private constructor(options: LaneOptions, redis: MortalRedis, network: Network) {
    this.#options = options;
    this.redis = redis;
    this.network = network;
    this.store = new RedisStore(redis.url, "chaos-judge");
    this.bus = connectRedisBus({ url: redis.url, name: "chaos-operator" });
    this.log = join(options.directory, "agents.log");
    this.#next = this.#start();
  }

  static async open(options: LaneOptions): Promise<Lane> {
    const { directory } = options;
    const [first, second] = [join(directory, "first"), join(directory, "second")];
    makeWorkspace(first);
    writeFileSync(join(first, "generated_iac/config/chaos.yml"), PLAYBOOK_TEXT);
    cpSync(join(PROJECT_DIR, "prompts"), join(first, "prompts"), { recursive: true });
    mkdirSync(join(second, "tmp"), { recursive: true });
    for (const name of SHARED) symlinkSync(join(first, name), join(second, name));
    const redis = await MortalRedis.start(join(directory, "redis"));
    return new Lane(options, redis, await Network.start(redis.port));
  }

  /** A process that has started already gets its orders. */
  enter(entrance: Entrance): Replica {
    const replica = this.#next;
    this.#next = this.#start();
    this.#present.push(replica);
    replica.order({ ...entrance, env: this.#env(entrance.consumer), leaseMs: LEASE_MS });
    return replica;
  }

  prepare(task: Task): void {
    truncateSync(this.log);
    if (task.tools !== "terraform") return;
    const module = join(this.#options.directory, "first/generated_iac/infra", task.id);
    mkdirSync(module, { recursive: true });
    writeFileSync(join(module, "main.tf"), moduleText(task));
  }

  /** The lines that effects of this task have written, here and on the node. */
  effects({ id }: Task): string[] {
    const lines = [this.#workspaceFile("effects.log"), this.#nodeFile("effects.log")].flatMap((file) =>
      existsSync(file) ? readFileSync(file, "utf8").split("\n") : [],
    );
    return lines.filter((line) => line.startsWith(`${id}-`));
  }

  /** A held effect may end. */
  free({ id }: Task): void {
    writeFileSync(this.#workspaceFile(`free-${id}`), "");
    writeFileSync(this.#nodeFile(`free-${id}`), "");
  }

  /** Ends the agents and forgets what was said; what was done stays in the files. */
  async clear(): Promise<void> {
    await Promise.all(this.#present.splice(0).map((replica) => replica.kill()));
    this.network.refuse(false);
    this.network.cut();
    await this.redis.start();
    await this.store.command(["FLUSHALL"]);
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

  #workspaceFile(name: string): string {
    return join(this.#options.directory, "first/tmp/app", name);
  }

  #nodeFile(name: string): string {
    return join(this.#options.lab.directory, NODE, "root/root", name);
  }

  #env(consumer: string): Env {
    const { directory, lab, model } = this.#options;
    return {
      PROJECT_DIR: join(directory, consumer),
      REDIS_URL: `redis://127.0.0.1:${this.network.port}`,
      OPENAI_API_BASE: model.url,
      OPENAI_API_KEY: "scripted",
      PROXMOX_NODES: lab.lab.nodes.map(({ name, host, port }) => `${name}=${host}:${port}`).join(","),
      SSH_KEY_FILE: lab.lab.privateKeyFile,
      KNOWN_NODES_FILE: join(directory, "first/known_nodes"),
      SANDBOX: process.env["SANDBOX"] ?? "",
    };
  }
}
