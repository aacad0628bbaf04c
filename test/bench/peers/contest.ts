/** The parent's side of the contest: contenders and the model server as child processes, one question at a time. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NODE_FLAGS } from "../../../launcher/team/bundle.ts";
import { type Memory, memoryOf } from "../../rig/measure.ts";
import type { Lap } from "./compete.ts";

export type ChildOptions = {
  args: readonly string[];
  /** Where it runs; its outputs are appended to `<directory>/output.log`, as the launcher does it. */
  directory: string;
  signal: AbortSignal;
};

/** A child that answers over IPC. Rejects with the end of its outputs when it ends before it has answered. */
export class Answering implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #signal: AbortSignal;

  constructor(program: string, { args, directory, signal }: ChildOptions) {
    this.#log = join(directory, "output.log");
    this.#signal = signal;
    const log = openSync(this.#log, "a");
    const env = { PATH: process.env["PATH"], HOME: directory };
    const stdio = ["ignore", log, log, "ipc"] as ["ignore", number, number, "ipc"];
    this.#child = fork(program, args, { cwd: directory, env, stdio, execArgv: [...NODE_FLAGS] });
    closeSync(log);
  }

  get memory(): Memory {
    return memoryOf(this.#child.pid ?? 0);
  }

  async answer(): Promise<unknown> {
    const settled = new AbortController();
    const signal = AbortSignal.any([this.#signal, settled.signal]);
    try {
      const ended = once(this.#child, "exit", { signal }).then(() => this.#complain());
      const [reply] = await Promise.race([once(this.#child, "message", { signal }), ended]);
      return reply;
    } finally {
      settled.abort();
    }
  }

  async lap(steps: number): Promise<Lap> {
    this.#child.send({ steps });
    return (await this.answer()) as Lap;
  }

  #complain(): never {
    throw new Error(`a contender ended early:\n${readFileSync(this.#log, "utf8").slice(-2_000)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}
