/** Whether the team waits for the operator: by who spoke last, the coordinator with a signal or the operator. */
import type { Message } from "../protocol/message.ts";
import { COORDINATOR, OPERATOR } from "../protocol/roles.ts";

export class Pause {
  #decidedAt = "";
  #isPaused = false;
  #epoch = 0;

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Messages may be heard late and twice; the newest decides. */
  hear(message: Message): void {
    const isOperator = message.sender === OPERATOR;
    const isSignal = message.sender === COORDINATOR && message.signal !== undefined;
    if (!isOperator && !isSignal) return;
    if (message.timestamp < this.#decidedAt) return;
    if (message.timestamp === this.#decidedAt && !isOperator) return;
    this.#decidedAt = message.timestamp;
    this.#isPaused = !isOperator;
  }

  /** STOP and CLEAR end the waiting as well: the operator has spoken. */
  reset(epoch: number): void {
    if (epoch > this.#epoch) this.#isPaused = false;
    this.#epoch = Math.max(epoch, this.#epoch);
  }
}
