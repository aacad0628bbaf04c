/** The journal of one turn inside one process; see memory-bus.ts. */

import { AppError } from "../base/errors.ts";
import type { DeadLetter, Draft, FinishOptions, TurnJournal, TurnStatus } from "../bus/bus.ts";
import type { Message } from "../protocol/message.ts";
import type { Role } from "../protocol/roles.ts";
import type { Redacted } from "../redact/redacted.ts";

export type Turn = { entries: Map<string, string>; reply: Message | undefined };

/** What a journal needs of its bus. */
export type JournalBus = {
  turns: Map<string, Turn>;
  dead: DeadLetter[];
  say(draft: Draft): Message;
  isCurrent(message: Message): boolean;
  takeOut(role: Role, messageId: string): void;
};

type MemoryJournalContext = { bus: JournalBus; role: Role; message: Message; leaseLost: AbortSignal };

export class MemoryJournal implements TurnJournal {
  readonly #context: MemoryJournalContext;
  readonly #turn: Turn;

  constructor(context: MemoryJournalContext) {
    this.#context = context;
    const key = `${context.role}:${context.message.id}`;
    this.#turn = context.bus.turns.get(key) ?? { entries: new Map(), reply: undefined };
    context.bus.turns.set(key, this.#turn);
  }

  async read(): Promise<ReadonlyMap<string, string>> {
    return new Map(this.#turn.entries);
  }

  async record(entries: Readonly<Record<string, string>>): Promise<void> {
    this.#refuseStale();
    if (this.#turn.entries.has("status")) throw new AppError("stale", "this turn has ended already");
    for (const [key, value] of Object.entries(entries)) this.#turn.entries.set(key, value);
  }

  async finish(
    status: TurnStatus,
    reply: Draft | undefined,
    { entries = {} }: FinishOptions,
  ): Promise<Message | undefined> {
    this.#refuseStale();
    if (this.#turn.entries.has("status")) return this.#turn.reply;
    for (const [key, value] of Object.entries(entries)) this.#turn.entries.set(key, value);
    this.#end(status);
    if (reply) this.#turn.reply = this.#context.bus.say(reply);
    return this.#turn.reply;
  }

  async cancel(cause: Redacted): Promise<void> {
    if (this.#turn.entries.has("status")) return;
    this.#turn.entries.set("cause", cause);
    this.#end("cancelled");
  }

  async bury(cause: Redacted): Promise<void> {
    if (this.#turn.entries.has("status")) return;
    const { bus, role, message } = this.#context;
    bus.dead.push({ role, message, cause, timestamp: new Date().toISOString() });
    this.#turn.entries.set("cause", cause);
    this.#end("dead");
  }

  #end(status: TurnStatus): void {
    const { bus, role, message } = this.#context;
    this.#turn.entries.set("status", status);
    bus.takeOut(role, message.id);
  }

  #refuseStale(): void {
    const { bus, message, leaseLost } = this.#context;
    leaseLost.throwIfAborted();
    if (!bus.isCurrent(message)) throw new AppError("stale", "the operator stopped this run");
  }
}
