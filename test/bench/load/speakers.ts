/** Those who make the load: the operator and the four roles, each over a connection of its own. */

import { setTimeout as sleep } from "node:timers/promises";
import { isAppError } from "../../../agents/base/errors.ts";
import type { Bus } from "../../../agents/bus/bus.ts";
import { connectRedisBus } from "../../../agents/bus/redis-bus.ts";
import { newMessageId } from "../../../agents/protocol/message.ts";
import { OPERATOR, ROLES, SENDERS, type Sender } from "../../../agents/protocol/roles.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { ours } from "../../../agents/redact/redacted.ts";
import { connected } from "../bus/connected.ts";
import { type Ledger, loadText } from "./ledger.ts";

const NEVER = new AbortController().signal;

export class Speakers {
  readonly #buses = new Map<Sender, Bus>();
  readonly #records: { readonly ledger: Ledger };
  #said = 0;

  private constructor(records: { readonly ledger: Ledger }) {
    this.#records = records;
  }

  static async enter(
    arena: { readonly ledger: Ledger; urlOf(sender: Sender): string },
    stack: AsyncDisposableStack,
  ): Promise<Speakers> {
    const speakers = new Speakers(arena);
    for (const sender of SENDERS) {
      const url = arena.urlOf(sender);
      const about = { name: `load-${sender}`, speaker: sender, redactor: createRedactor([]) };
      const bus = connectRedisBus({ url, ...about });
      stack.defer(() => bus.close());
      await connected(bus);
      if (sender === OPERATOR) await bus.control({ signal: NEVER }); // which begins the session
      speakers.#buses.set(sender, bus);
    }
    return speakers;
  }

  /** As fast as they can. */
  async burst(count: number, signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#say(signal)));
  }

  /** `rate` messages a second, whether or not the earlier ones have been confirmed; until `signal` aborts. */
  async steadily(rate: number, signal: AbortSignal): Promise<number> {
    const beganMs = performance.now();
    const pending: Promise<void>[] = [];
    while (!signal.aborted) {
      const due = Math.floor(((performance.now() - beganMs) * rate) / 1_000);
      while (pending.length < due) pending.push(this.#say(new AbortController().signal));
      await sleep(2);
    }
    await Promise.all(pending);
    return (pending.length * 1_000) / (performance.now() - beganMs);
  }

  /** The next in turn speaks, to each role in turn. A role that the operator has stopped is refused: not said. */
  async #say(signal: AbortSignal): Promise<void> {
    const number = this.#said++;
    const sender = SENDERS[number % SENDERS.length] ?? "User";
    const to = ROLES[Math.floor(number / SENDERS.length) % ROLES.length] ?? "QA_Tester";
    const content = loadText(sender, number);
    const { ledger } = this.#records;
    ledger.said(to, content);
    try {
      await this.#buses
        .get(sender)
        ?.send({ id: newMessageId(sender), sender, to: [to], content: ours(content) }, { signal });
    } catch (error) {
      if (!isAppError(error, "stale")) throw error;
      ledger.unsaid(to, content);
    }
  }
}
