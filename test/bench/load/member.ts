/** The parent's side of one agent under load: started, listened to, ended. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Role } from "../../../agents/protocol/roles.ts";
import { memoryOf } from "../../rig/measure.ts";
import type { Told } from "./instant-agent.ts";

export class Member implements AsyncDisposable {
  readonly role: Role;
  /** Messages in its hands so far. */
  taken = 0;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<(told: Told) => void>();

  constructor(role: Role, { program, redisUrl }: { program: string; redisUrl: string }) {
    this.role = role;
    this.#child = fork(program, [redisUrl, role], {
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child.on("message", (told: Told) => {
      if (told.kind === "taken") this.taken = told.count;
      for (const listener of this.#listeners) listener(told);
    });
  }

  get rssMb(): number {
    return memoryOf(this.#child.pid ?? 0).rssMb;
  }

  listen(listener: (told: Told) => void): void {
    this.#listeners.add(listener);
  }

  /** Resolves with the next that `accepts`; rejects when `signal` aborts. */
  next(accepts: (told: Told) => boolean, signal: AbortSignal): Promise<Told> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#listeners.delete(listener);
        signal.removeEventListener("abort", abort);
      };
      const abort = () => {
        stop();
        reject(signal.reason);
      };
      const listener = (told: Told) => {
        if (!accepts(told)) return;
        stop();
        resolve(told);
      };
      this.#listeners.add(listener);
      signal.addEventListener("abort", abort);
    });
  }

  /** kill -9. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}
