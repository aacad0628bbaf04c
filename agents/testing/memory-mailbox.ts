/** A role's inbox inside one process; see memory-bus.ts. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Bus, Delivery, Mailbox, TurnJournal } from "../bus/bus.ts";
import type { RecordedTurn } from "../bus/journal-keys.ts";
import { turnsNamed } from "../bus/redis-thread.ts";
import type { Message } from "../protocol/message.ts";
import type { MissionDesk } from "../protocol/mission.ts";
import type { Role } from "../protocol/roles.ts";
import { MemoryAccount, type MemoryAccountOptions } from "./memory-account.ts";
import { type MemoryApprovals, MemoryOwnApprovals } from "./memory-approvals.ts";
import { type JournalBus, MemoryJournal } from "./memory-journal.ts";
import type { MemoryMissions } from "./memory-missions.ts";

export type Inbox = {
  pending: Map<string, Delivery>;
  isNew: Set<string>;
  holder: AbortController | undefined;
};
type MailboxBus = Pick<Bus, "watch"> &
  JournalBus &
  MemoryAccountOptions["bus"] & {
    approvals: MemoryApprovals;
    missions: MemoryMissions;
    inbox(role: Role): Inbox;
  };

export class MemoryMailbox implements Mailbox {
  readonly #bus: MailboxBus;
  readonly #role: Role;
  readonly #leaseLost: AbortSignal;
  readonly account: MemoryAccount;
  readonly approvals: MemoryOwnApprovals;
  readonly mission: MissionDesk;

  constructor(bus: MailboxBus, role: Role, leaseLost: AbortSignal) {
    this.#bus = bus;
    this.#role = role;
    this.#leaseLost = leaseLost;
    this.account = new MemoryAccount({ bus, role, leaseLost });
    this.approvals = new MemoryOwnApprovals(bus.approvals, leaseLost);
    this.mission = bus.missions.desk(role, leaseLost);
  }

  async receive({ signal }: { signal: AbortSignal }): Promise<Delivery[]> {
    signal.throwIfAborted();
    const inbox = this.#bus.inbox(this.#role);
    if (inbox.isNew.size === 0 || this.#leaseLost.aborted) await this.#arrival(signal);
    if (this.#leaseLost.aborted) return [];
    const fresh = [...inbox.isNew].flatMap((id) => inbox.pending.get(id) ?? []);
    inbox.isNew.clear();
    for (const { message } of fresh) inbox.pending.set(message.id, { message, isAgain: true });
    return fresh;
  }

  journal(message: Message): TurnJournal {
    return new MemoryJournal({ bus: this.#bus, role: this.#role, message, leaseLost: this.#leaseLost });
  }

  async thread(): Promise<RecordedTurn[]> {
    const ids = turnsNamed(this.#bus.threads.get(this.#role));
    return ids.map((messageId) => {
      const entries = this.#bus.turns.get(`${this.#role}:${messageId}`)?.entries;
      return { messageId, entries: new Map(entries) };
    });
  }

  leaseLost(): AbortSignal {
    return this.#leaseLost;
  }

  assertInCharge(): void {
    this.#leaseLost.throwIfAborted();
  }

  async #arrival(signal: AbortSignal): Promise<void> {
    const arrival = new AbortController();
    const stop = this.#bus.watch((event) => event.kind === "message" && arrival.abort());
    await sleep(1_000, undefined, { signal: AbortSignal.any([signal, arrival.signal]) }).catch(() => {}); // either is news
    stop();
    signal.throwIfAborted();
  }
}
