/**
 * What the operator sent, in order, until the bus has confirmed it. While the store is away it is kept and
 * tried again, a message or a control word always with the id that it got when it was typed: it arrives once.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { describeError, isAppError } from "../agents/base/errors.ts";
import type { Bus, Draft } from "../agents/bus/bus.ts";
import type { ControlCommand, ControlState } from "../agents/protocol/control.ts";
import { newMessageId } from "../agents/protocol/message.ts";
import { OPERATOR } from "../agents/protocol/roles.ts";

const RETRY_MS = 1_000;
/** After this long without an answer the operator is told. */
const SLOW_MS = 5_000;

export type Outgoing = { kind: "message"; draft: Draft } | { kind: "control"; command: ControlCommand };

/** `id` is a control word's; a draft has its own. */
type Queued = { outgoing: Outgoing; id: string };

export type OutboxOptions = {
  bus: Bus;
  signal: AbortSignal;
  /** Once for a row of failures, with what the bus said. */
  onDelayed: (reason: string) => void;
  /** Everything that was delayed has been delivered. */
  onRecovered: () => void;
  onControl: (command: ControlCommand, control: ControlState) => void;
  /** It will never be delivered; it is not tried again. */
  onRefused: (outgoing: Outgoing, reason: string) => void;
};

export class Outbox {
  /** Something could not be delivered, and is tried again. */
  isDelayed = false;
  readonly #options: OutboxOptions;
  readonly #waiting: Queued[] = [];
  #delivery: Promise<void> = Promise.resolve();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Not confirmed yet. */
  get size(): number {
    return this.#waiting.length;
  }

  add(outgoing: Outgoing): void {
    this.#waiting.push({ outgoing, id: newMessageId(OPERATOR) });
    if (this.#waiting.length === 1) this.#delivery = this.#deliverAll();
  }

  /** Resolves when everything is confirmed or refused, or the signal has fired. */
  async drained(): Promise<void> {
    await this.#delivery;
  }

  async #deliverAll(): Promise<void> {
    const { signal, onRecovered } = this.#options;
    while (this.#waiting[0] !== undefined && !signal.aborted) {
      if (await this.#isSettled(this.#waiting[0])) this.#waiting.shift();
      else await this.#waitForRetry();
    }
    if (!this.isDelayed || signal.aborted) return;
    this.isDelayed = false;
    onRecovered();
  }

  async #isSettled({ outgoing, id }: Queued): Promise<boolean> {
    const { signal, onRefused } = this.#options;
    const slow = setTimeout(() => this.#tellDelay("no answer from Redis"), SLOW_MS);
    try {
      await this.#deliver(outgoing, id);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (isAppError(error, "unavailable")) {
        this.#tellDelay(describeError(error));
        return false;
      }
      onRefused(outgoing, describeError(error));
      return true;
    } finally {
      clearTimeout(slow);
    }
  }

  #tellDelay(reason: string): void {
    if (!this.isDelayed) this.#options.onDelayed(reason);
    this.isDelayed = true;
  }

  async #deliver(outgoing: Outgoing, id: string): Promise<void> {
    const { bus, signal, onControl } = this.#options;
    if (outgoing.kind === "message") {
      await bus.send(outgoing.draft, { signal });
      return;
    }
    onControl(outgoing.command, await bus.command(outgoing.command, { signal, id }));
  }

  async #waitForRetry(): Promise<void> {
    const { signal } = this.#options;
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined); // only when aborted, which ends the loop
  }
}
