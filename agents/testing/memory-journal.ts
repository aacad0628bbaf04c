/** The journal of one turn inside one process; see memory-bus.ts. */

import { AppError } from "../base/errors.ts";
import type { CutOptions, DeadLetter, Draft, FinishOptions, TurnJournal, TurnStatus } from "../bus/bus.ts";
import { type Entries, SPENT, THREAD } from "../bus/journal-keys.ts";
import { operatorSpoke } from "../bus/redis-journal.ts";
import type { Message } from "../protocol/message.ts";
import type { Role } from "../protocol/roles.ts";
import type { Redacted } from "../redact/redacted.ts";
import type { MemoryMissions } from "./memory-missions.ts";

export type Turn = { entries: Map<string, string>; reply: Message | undefined };

/** What a journal needs of its bus. */
export type JournalBus = {
  turns: Map<string, Turn>;
  /** What names the turns of a role's thread. */
  threads: Map<Role, string>;
  dead: DeadLetter[];
  /** The newest of a turn counts. */
  missions: Pick<MemoryMissions, "note" | "end">;
  ledger: { role: Role; message: Message; spent: string }[];
  say(draft: Draft): Message;
  /** Whatever the state of control. */
  record(draft: Draft): Message;
  /** What the operator has for a role and belongs to this run. */
  waitingOfOperator(role: Role): Message[];
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
    this.#write(entries);
  }

  async finish(
    status: TurnStatus,
    reply: Draft | undefined,
    { entries = {}, also = [], fact, unlessOperatorSpoke = false }: FinishOptions,
  ): Promise<Message | undefined> {
    this.#refuseStale();
    if (this.#turn.entries.has("status")) return this.#turn.reply;
    const { bus, role, message } = this.#context;
    const known = [message, ...also].map(({ id }) => id);
    if (unlessOperatorSpoke && bus.waitingOfOperator(role).some(({ id }) => !known.includes(id)))
      throw operatorSpoke();
    this.#write(entries);
    this.#end(status);
    for (const { id } of also) {
      const turn: Turn = {
        entries: new Map([
          ["status", status],
          ["within", message.id],
        ]),
        reply: undefined,
      };
      bus.turns.set(`${role}:${id}`, turn);
      bus.takeOut(role, id);
    }
    if (fact) bus.record(fact);
    if (reply) this.#turn.reply = this.#context.bus.say(reply);
    return this.#turn.reply;
  }

  async cancel(cause: Redacted, { fact, entries = {} }: CutOptions): Promise<void> {
    if (this.#turn.entries.has("status")) return;
    this.#write(entries);
    this.#turn.entries.set("cause", cause);
    this.#end("cancelled");
    if (fact) this.#context.bus.record(fact);
  }

  async bury(cause: Redacted, { fact, entries = {} }: CutOptions): Promise<void> {
    if (this.#turn.entries.has("status")) return;
    this.#write(entries);
    const { bus, role, message } = this.#context;
    bus.dead.push({ role, message, cause, timestamp: new Date().toISOString() });
    this.#turn.entries.set("cause", cause);
    this.#end("dead");
    if (fact) bus.record(fact);
  }

  #write(entries: Entries): void {
    const { bus, role, message } = this.#context;
    for (const [key, value] of Object.entries(entries)) this.#turn.entries.set(key, value);
    const { [SPENT]: spent, [THREAD]: thread } = entries;
    if (thread !== undefined) bus.threads.set(role, thread);
    if (spent !== undefined) bus.ledger.push({ role, message, spent });
    bus.missions.note(role, entries, message);
  }

  #end(status: TurnStatus): void {
    const { bus, role, message } = this.#context;
    this.#turn.entries.set("status", status);
    bus.missions.end(role, this.#turn.entries);
    bus.takeOut(role, message.id);
  }

  #refuseStale(): void {
    const { bus, message, leaseLost } = this.#context;
    leaseLost.throwIfAborted();
    if (!bus.isCurrent(message)) throw new AppError("stale", "the operator stopped this run");
  }
}
