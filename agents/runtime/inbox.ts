/** What waits for a busy role: in order, the operator's first, each message once. */
import { once } from "node:events";
import type { Delivery } from "../bus/bus.ts";
import { OPERATOR } from "../protocol/roles.ts";

export class Inbox {
  readonly #changes = new EventTarget();
  readonly #known = new Set<string>();
  readonly #fromOperator: Delivery[] = [];
  readonly #fromOthers: Delivery[] = [];
  #isPaused = false;

  get size(): number {
    return this.#fromOperator.length + this.#fromOthers.length;
  }

  /** A message that is already here, or at work, is not taken in again. */
  add(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      if (this.#known.has(delivery.message.id)) continue;
      this.#known.add(delivery.message.id);
      const queue = delivery.message.sender === OPERATOR ? this.#fromOperator : this.#fromOthers;
      queue.push(delivery);
    }
    this.#changes.dispatchEvent(new Event("change"));
  }

  /** While paused only the operator's messages are handed out. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#changes.dispatchEvent(new Event("change"));
  }

  /** Wait for the next message. Its id stays known until `settle`. */
  async take(signal: AbortSignal): Promise<Delivery> {
    for (;;) {
      signal.throwIfAborted();
      const next = this.#next();
      if (next) return next;
      await once(this.#changes, "change", { signal });
    }
  }

  /** Its turn has ended: should it come again, it is new. */
  settle(messageId: string): void {
    this.#known.delete(messageId);
  }

  #next(): Delivery | undefined {
    return this.#fromOperator.shift() ?? (this.#isPaused ? undefined : this.#fromOthers.shift());
  }
}
