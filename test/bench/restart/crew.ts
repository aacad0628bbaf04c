/** The four agents as processes: started, ended, started again when they end by themselves. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { ROLES, type Role } from "../../../agents/protocol/roles.ts";
import type { MortalRedis } from "../../rig/mortal-redis.ts";
import type { Told } from "./agent.ts";

const AGAIN_MS = 50;
/** An agent that does not end within this after SIGTERM is killed. */
const GRACE_MS = 3_000;

export class Crew implements AsyncDisposable {
  readonly #program: string;
  readonly #redis: MortalRedis;
  readonly #hear: (role: Role, told: Told) => void;
  readonly #members = new Map<Role, ChildProcess>();
  #isOn = false;

  constructor(program: string, redis: MortalRedis, hear: (role: Role, told: Told) => void) {
    this.#program = program;
    this.#redis = redis;
    this.#hear = hear;
  }

  start(): void {
    this.#isOn = true;
    for (const role of ROLES) this.#enter(role);
  }

  /** Resolves when all four are gone and all that they told has been heard. Idempotent. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#isOn = false;
    const children = [...this.#members.values()];
    this.#members.clear();
    await Promise.all(children.map((child) => this.#endOne(child, signal)));
  }

  /** Redis is gone: until each agent has noticed, and has told what was acknowledged before. */
  async hasHeardTheLast(limit: AbortSignal): Promise<void> {
    await Promise.all([...this.#members.values()].map((child) => silence(child, limit)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }

  #enter(role: Role): void {
    const child = fork(this.#program, [this.#redis.urlOf(role), role], {
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#members.set(role, child);
    child.on("message", (told: Told) => this.#hear(role, told));
    child.once("exit", () => {
      setTimeout(
        () => this.#isOn && this.#members.get(role) === child && this.#enter(role),
        AGAIN_MS,
      ).unref();
    });
  }

  async #endOne(child: ChildProcess, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    const kill = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
    await ended;
    clearTimeout(kill);
    await sleep(0); // what it told last is in the queue of this process
  }
}

async function silence(child: ChildProcess, limit: AbortSignal): Promise<void> {
  if (!child.connected) return;
  const gone = once(child, "exit", { signal: limit });
  child.send("silent?", () => {}); // an error means that it has just ended
  for (;;) {
    const [told] = (await Promise.race([gone, once(child, "message", { signal: limit })])) as [unknown];
    if (!child.connected || (told as Told | null)?.kind === "silent") return;
  }
}
