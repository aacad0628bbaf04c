/** What waits for a busy role: in order, the operator's first, each message once. */
import { once } from "node:events";
import type { Delivery } from "../bus/bus.ts";
import { OPERATOR } from "../protocol/roles.ts";

export class Inbox {
  readonly #changes = new EventTarget();
  readonly #known = new Set<string>();
  readonly #fromOperator: Delivery[] = [];
  readonly #fromOthers: Delivery[] = [];
  /** What is at work, as it was handed out again meanwhile. */
  #again: Delivery | undefined;
  #atWork = "";
  #isPaused = false;

  get size(): number {
    return this.#fromOperator.length + this.#fromOthers.length;
  }

  /** A message that is already here, or at work, is not taken in again. */
  add(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      const { id } = delivery.message;
      if (id === this.#atWork) this.#again = delivery;
      if (this.#known.has(id)) continue;
      this.#known.add(id);
      this.#queueOf(delivery).push(delivery);
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
      if (next) {
        this.#atWork = next.message.id;
        return next;
      }
      await once(this.#changes, "change", { signal });
    }
  }

  /** The turn has ended: should its message come again, it is new. One that is not over and came already is next. */
  settle({ message }: Delivery, { isOver }: { isOver: boolean }): void {
    const again = isOver ? undefined : this.#again;
    this.#again = undefined;
    this.#atWork = "";
    if (again) this.#queueOf(again).unshift(again);
    else this.#known.delete(message.id);
  }

  #queueOf({ message }: Delivery): Delivery[] {
    return message.sender === OPERATOR ? this.#fromOperator : this.#fromOthers;
  }

  #next(): Delivery | undefined {
    return this.#fromOperator.shift() ?? (this.#isPaused ? undefined : this.#fromOthers.shift());
  }
}
