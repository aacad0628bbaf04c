/** Plays the operator: speaks and commands, one act after the other, each until it is acknowledged. */
import { setTimeout as sleep } from "node:timers/promises";
import { isAppError } from "../../../agents/base/errors.ts";
import type { Bus, Draft } from "../../../agents/bus/bus.ts";
import { connectRedisBus } from "../../../agents/bus/redis-bus.ts";
import type { ControlCommand } from "../../../agents/protocol/control.ts";
import { newMessageId } from "../../../agents/protocol/message.ts";
import { OPERATOR, ROLES, type Role } from "../../../agents/protocol/roles.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { ours } from "../../../agents/redact/redacted.ts";
import type { Facts } from "./facts.ts";

const RETRY_MS = 50;
/** Longest pause between two messages, in milliseconds. */
const PAUSE_MS = 100;

export class Operator implements AsyncDisposable {
  readonly #facts: Facts;
  readonly #url: string;
  readonly #random: () => number;
  /** What the bus said when it last did not take something. */
  refusal = "";
  #bus: Bus;

  constructor(url: string, { facts, random }: { facts: Facts; random: () => number }) {
    this.#url = url;
    this.#facts = facts;
    this.#random = random;
    this.#bus = this.#connect();
  }

  /** As a console that is closed and opened again. */
  async reopen(): Promise<void> {
    await this.#bus.close();
    this.#bus = this.#connect();
  }

  async say(content: string, to: readonly Role[], signal: AbortSignal): Promise<void> {
    const draft: Draft = {
      id: newMessageId(OPERATOR),
      sender: OPERATOR,
      to: [...to],
      content: ours(content),
    };
    this.#facts.spoken(await this.#until(() => this.#bus.send(draft, { signal }), signal));
  }

  async command(command: ControlCommand, signal: AbortSignal): Promise<void> {
    const id = newMessageId(OPERATOR);
    const before = this.#facts.control;
    this.#facts.commanded(
      await this.#until(() => this.#bus.command(command, { signal, id }), signal),
      before,
    );
  }

  /** Speaks to one role or two until `resting` aborts; resolves when the last word is acknowledged. */
  async load(resting: AbortSignal, signal: AbortSignal): Promise<void> {
    while (!resting.aborted) {
      const first = Math.floor(this.#random() * ROLES.length);
      const to = ROLES.slice(first, first + (this.#random() < 0.2 ? 2 : 1));
      await this.say("work", to, signal);
      await sleep(this.#random() * PAUSE_MS, undefined, { signal: resting }).catch(() => {}); // enough for now
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bus.close();
  }

  #connect(): Bus {
    return connectRedisBus({ url: this.#url, name: "operator", redactor: createRedactor([]) });
  }

  async #until<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      try {
        return await act();
      } catch (error) {
        if (!isAppError(error, "unavailable")) throw error;
        this.refusal = error.message;
        await sleep(RETRY_MS, undefined, { signal });
      }
    }
  }
}
