/**
 * The bus inside one process, for tests and benchmarks: the same promises as the Redis bus, kept by the fact
 * that nothing here waits. Held to the same contract suite.
 */
import { AppError } from "../base/errors.ts";
import type { Aside, CallPlace } from "../bus/bus.ts";
import {
  type Bus,
  type DeadLetter,
  type Draft,
  HISTORY_LIMIT,
  type LiveEvent,
  leaseLostError,
  type Mailbox,
} from "../bus/bus.ts";
import { commandFact } from "../bus/decisions.ts";
import { EventFeed } from "../bus/event-feed.ts";
import { afterCommand, firstControl, toMessage } from "../bus/redis-schema.ts";
import { type CallOutput, parseCallOutput } from "../protocol/call-report.ts";
import type { ControlCommand, ControlState } from "../protocol/control.ts";
import { type Message, newMessageId } from "../protocol/message.ts";
import { OPERATOR, type Role } from "../protocol/roles.ts";
import { parseSpent, type Spending } from "../protocol/spending.ts";
import { createRedactor } from "../redact/redact.ts";
import { MemoryAccounts } from "./memory-account.ts";
import { MemoryApprovals } from "./memory-approvals.ts";
import { memoryGuests } from "./memory-guests.ts";
import type { JournalBus, Turn } from "./memory-journal.ts";
import { type Inbox, MemoryMailbox } from "./memory-mailbox.ts";
import { MemoryMissions } from "./memory-missions.ts";

export function createMemoryBus(clock = Date.now): Bus {
  return new MemoryBus(clock);
}

export class MemoryBus implements Bus {
  readonly feed = new EventFeed();
  readonly turns = new Map<string, Turn>();
  readonly threads = new Map<Role, string>();
  readonly dead: DeadLetter[] = [];
  readonly ledger: JournalBus["ledger"] = [];
  readonly accounts: MemoryAccounts;
  readonly budgets: Bus["budgets"];
  readonly approvals: MemoryApprovals;
  readonly missions: MemoryMissions;
  readonly guests = memoryGuests();
  readonly #sent = new Map<string, Message>();
  readonly #inboxes = new Map<Role, Inbox>();
  #history: Message[] = [];
  #control: ControlState = firstControl();
  readonly #commands = new Set<string>();

  constructor(clock: () => number = Date.now) {
    this.accounts = new MemoryAccounts(clock);
    this.missions = new MemoryMissions(() => this.#control.session);
    this.budgets = this.accounts.budgets(() => this.#control.session, this);
    this.approvals = new MemoryApprovals({ control: () => this.#control, clock });
  }

  async send(draft: Draft): Promise<Message> {
    return this.say(draft);
  }

  say(draft: Draft): Message {
    const stored = this.#sent.get(draft.id);
    if (stored) return stored;
    if (this.#control.state === "stopped" && draft.sender !== OPERATOR) {
      throw new AppError("stale", "the operator stopped the team; nothing is said until the operator speaks");
    }
    this.#control = { ...this.#control, state: "running" };
    const message = this.record(draft);
    if (message.sender === OPERATOR) this.missions.hear(message);
    return message;
  }

  record(draft: Draft, isPublished = true): Message {
    const message = toMessage(draft, this.#control, new Date());
    this.#sent.set(message.id, message);
    this.#history = [...this.#history, message].slice(-HISTORY_LIMIT);
    for (const inbox of message.to.map((role) => this.inbox(role))) {
      inbox.pending.set(message.id, { message, isAgain: false });
      inbox.isNew.add(message.id);
    }
    if (isPublished) this.feed.emit(message);
    return message;
  }

  waitingOfOperator(role: Role): Message[] {
    const waiting = [...this.inbox(role).pending.values()].map(({ message }) => message);
    return waiting.filter((message) => message.sender === OPERATOR && this.isCurrent(message));
  }

  async command(command: ControlCommand, { id }: { id?: string } = {}): Promise<ControlState> {
    if (id !== undefined && this.#commands.has(id)) return this.#control;
    if (id !== undefined) this.#commands.add(id);
    this.#control = afterCommand(this.#control, command);
    if (command === "CLEAR") this.#history = [];
    this.record(commandFact(command, id ?? newMessageId(OPERATOR)), false);
    this.feed.emit({ kind: "control", command, control: this.#control });
    return this.#control;
  }

  async control(): Promise<ControlState> {
    return this.#control;
  }

  async history(): Promise<Message[]> {
    return this.#history;
  }

  show(event: Aside): void {
    this.feed.emit(event);
  }

  watch(listener: (event: LiveEvent) => void): () => void {
    return this.feed.add(listener);
  }

  mailbox(role: Role): Mailbox {
    const inbox = this.inbox(role);
    inbox.holder?.abort(leaseLostError(role));
    inbox.holder = new AbortController();
    inbox.isNew = new Set(inbox.pending.keys());
    return new MemoryMailbox(this, role, inbox.holder.signal);
  }

  inbox(role: Role): Inbox {
    const inbox = this.#inboxes.get(role) ?? { pending: new Map(), isNew: new Set(), holder: undefined };
    this.#inboxes.set(role, inbox);
    return inbox;
  }

  takeOut(role: Role, messageId: string): void {
    this.inbox(role).pending.delete(messageId);
    this.inbox(role).isNew.delete(messageId);
  }

  isCurrent({ session, epoch }: Message): boolean {
    return this.#control.session === session && this.#control.epoch === epoch;
  }

  async deadLetters(): Promise<DeadLetter[]> {
    return this.dead.filter(({ message }) => message.session === this.#control.session);
  }

  async callOutput({ role, messageId, callId }: CallPlace): Promise<CallOutput | undefined> {
    const json = this.turns.get(`${role}:${messageId}`)?.entries.get(`outcome:${callId}`);
    return json === undefined ? undefined : parseCallOutput(json, createRedactor([]));
  }

  async spending({ session = this.#control.session }: { session?: string }): Promise<Spending[]> {
    const own = this.ledger.filter(({ message }) => message.session === session);
    const turns = new Map(own.map((entry) => [`${entry.role}:${entry.message.id}`, entry]));
    return [...turns.values()].flatMap(({ role, message, spent }) =>
      parseSpent(spent, createRedactor([])).map((one) => ({ ...one, role, messageId: message.id })),
    );
  }

  async close(): Promise<void> {}
}
