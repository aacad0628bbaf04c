/**
 * What waits for a busy role: in order, the operator's first, each message once. A turn that has begun may take in more
 * of it: what waited when it began, and what the operator says meanwhile.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Delivery } from "../bus/bus.ts";
import { isCurrent } from "../protocol/control.ts";
import { compareTimes } from "../protocol/message.ts";
import { OPERATOR } from "../protocol/roles.ts";

/** What one turn takes in when it begins: more would leave no room for its work. */
const MAX_JOINED = { messages: 20, chars: 60_000 };
/** What is in Redis already comes out of the mailbox within moments. */
const LOOK_AGAIN_MS = 250;

/** Whether the message of the turn, and those that joined it, have no turn ahead of them. */
export type Settled = { isOver: boolean; isAllOver: boolean };

export class Inbox {
  readonly #changes = new EventTarget();
  readonly #known = new Set<string>();
  readonly #fromOperator: Delivery[] = [];
  readonly #fromOthers: Delivery[] = [];
  /** A turn that an earlier life has begun goes on before any other. */
  #begun: Delivery | undefined;
  /** What is at work, as it was handed out again meanwhile. */
  #again: Delivery | undefined;
  #atWork: Delivery | undefined;
  #joined: Delivery[] = [];
  #isPaused = false;

  get size(): number {
    return this.#fromOperator.length + this.#fromOthers.length + (this.#begun ? 1 : 0);
  }

  /** A message that is already here, or at work, is not taken in again. `begun` names one whose turn has begun. */
  add(deliveries: readonly Delivery[], begun?: string): void {
    for (const delivery of deliveries) {
      const { id } = delivery.message;
      if (id === this.#atWork?.message.id) this.#again = delivery;
      if (this.#known.has(id)) continue;
      this.#known.add(id);
      if (id === begun) this.#begun = delivery;
      else this.#queueOf(delivery).push(delivery);
    }
    this.#changed();
  }

  /** While paused only the operator's messages are handed out. */
  pause(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    this.#changed();
  }

  /** Wait for the next message. Its id stays known until `settle`. */
  async take(signal: AbortSignal): Promise<Delivery> {
    for (;;) {
      signal.throwIfAborted();
      const next = this.#next();
      if (next) {
        this.#atWork = next;
        this.#joined = [];
        return next;
      }
      await once(this.#changes, "change", { signal });
    }
  }

  /** All that waits beside the message at work and belongs to its run, in order of time, within bounds. */
  joinWaiting(): Delivery[] {
    const passed = this.#fromOthers.findIndex((delivery) => !this.#isOfThisRun(delivery));
    const others = this.#isPaused ? [] : this.#fromOthers.slice(0, passed < 0 ? undefined : passed); // nobody is overtaken
    let chars = 0;
    const fitting = byTime([...this.#fromOperator, ...others].filter(this.#isOfThisRun)).filter(
      ({ message }, index) => {
        chars += message.content.length;
        return index < MAX_JOINED.messages && chars <= MAX_JOINED.chars;
      },
    );
    return this.#join(fitting);
  }

  /** What the operator has said meanwhile. */
  joinOperator(): Delivery[] {
    return this.#join(byTime(this.#fromOperator.filter(this.#isOfThisRun)));
  }

  /** Those of these messages that wait, or will: an earlier life of this turn has taken them in. */
  joinAgain(messages: readonly Delivery["message"][]): void {
    for (const message of messages) {
      const waiting = [...this.#fromOperator, ...this.#fromOthers].find(
        (each) => each.message.id === message.id,
      );
      if (waiting) this.#join([waiting]);
      else this.#joined.push({ message, isAgain: true });
      this.#known.add(message.id);
    }
  }

  /** Wait a moment for something of the operator; whether it is there. */
  async news(signal: AbortSignal): Promise<boolean> {
    const isThere = () => this.#fromOperator.some(this.#isOfThisRun);
    if (isThere()) return true;
    const ending = new AbortController();
    const either = AbortSignal.any([signal, ending.signal]);
    await Promise.race([
      once(this.#changes, "change", { signal: either }),
      sleep(LOOK_AGAIN_MS, undefined, { signal: either }),
    ]).finally(() => ending.abort());
    return isThere();
  }

  /**
   * The turn has ended: should its message come again, it is new. One that is not over and came already is next; what
   * joined a turn that did not answer it waits again.
   */
  settle({ message }: Delivery, { isOver, isAllOver }: Settled): void {
    const again = isOver ? undefined : this.#again;
    const waitsAgain = again !== undefined || (isOver && !isAllOver);
    for (const joined of byTime(this.#joined).reverse()) {
      if (waitsAgain) this.#queueOf(joined).unshift(joined);
      else this.#known.delete(joined.message.id);
    }
    this.#joined = [];
    this.#again = undefined;
    this.#atWork = undefined;
    if (again) this.#begun = again;
    else this.#known.delete(message.id);
  }

  #join(deliveries: Delivery[]): Delivery[] {
    for (const delivery of deliveries) {
      const queue = this.#queueOf(delivery);
      queue.splice(queue.indexOf(delivery), 1);
    }
    this.#joined.push(...deliveries);
    return deliveries;
  }

  readonly #isOfThisRun = ({ message }: Delivery): boolean =>
    this.#atWork !== undefined && isCurrent(message, { ...this.#atWork.message, state: "running" });

  #queueOf({ message }: Delivery): Delivery[] {
    return message.sender === OPERATOR ? this.#fromOperator : this.#fromOthers;
  }

  #next(): Delivery | undefined {
    const begun = this.#begun;
    this.#begun = undefined;
    return begun ?? this.#fromOperator.shift() ?? (this.#isPaused ? undefined : this.#fromOthers.shift());
  }

  #changed(): void {
    this.#changes.dispatchEvent(new Event("change"));
  }
}

/** Dated by one clock. */
function byTime(deliveries: readonly Delivery[]): Delivery[] {
  return deliveries.toSorted((a, b) => compareTimes(a.message, b.message));
}
