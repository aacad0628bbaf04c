/** One agent process of the harness: started early, given its orders late, stopped at a point, killed, frozen. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import type { Orders } from "./orders.ts";

export class Replica {
  /** Settles when the armed point is reached. */
  readonly hit: Promise<void>;
  readonly #child: ChildProcess;
  readonly #line: Writable;

  /** `program` is the bundled test/bench/chaos/agent.ts; what it logs is appended to the file `log`. */
  constructor(program: string, log: string) {
    const output = openSync(log, "a");
    const tied = ["--pdeathsig", "KILL", "--", process.execPath, program];
    this.#child = spawn("setpriv", tied, {
      env: { PATH: process.env["PATH"] },
      stdio: ["ignore", output, output, "pipe", "pipe"],
    });
    closeSync(output);
    this.#line = this.#child.stdio[3] as Writable;
    this.#line.on("error", () => {}); // it is dead: "exit" tells
    const hits = this.#child.stdio[4] as Readable;
    this.hit = once(hits, "data").then(() => undefined);
    this.hit.catch(() => {}); // a stream that breaks has told nothing
  }

  order(orders: Orders): void {
    this.#line.write(`${JSON.stringify(orders)}\n`);
  }

  /** On from the point where it stands still. */
  go(): void {
    this.#line.write("go\n");
  }

  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  /** kill -9, also of a frozen one; resolves when it is gone. Idempotent. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }
}
