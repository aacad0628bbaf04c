/** The bus over Redis: sending, control, history and what is seen live. A role's inbox is redis-mailbox.ts. */
import { type CallOutput, parseCallOutput } from "../protocol/call-report.ts";
import type { ControlCommand, ControlState } from "../protocol/control.ts";
import { type Message, newMessageId } from "../protocol/message.ts";
import { OPERATOR, type Role, type Sender } from "../protocol/roles.ts";
import type { Spending } from "../protocol/spending.ts";
import type { Redactor } from "../redact/redact.ts";
import type { Aside, Bus, CallPlace, DeadLetter, Draft, LiveEvent, Mailbox, WaitOptions } from "./bus.ts";
import { type BusMode, toPublication } from "./channels.ts";
import type { RawIntent } from "./compat.ts";
import { decideFirst, noSession } from "./decisions.ts";
import { EventFeed } from "./event-feed.ts";
import { MessageReader } from "./message-reader.ts";
import { redisBudgets } from "./redis-account.ts";
import { redisApprovals } from "./redis-approvals.ts";
import { readDeadLetters } from "./redis-dead-letters.ts";
import { redisGuests } from "./redis-guests.ts";
import { History } from "./redis-history.ts";
import { LEASE_MS } from "./redis-lease.ts";
import { readLedger } from "./redis-ledger.ts";
import { RedisMailbox } from "./redis-mailbox.ts";
import { redisMissions } from "./redis-mission.ts";
import { CONTROL_KEY, KEEP_MS, parseControlState, READ_CONTROL, turnKey } from "./redis-schema.ts";
import { Speech } from "./redis-speech.ts";
import { RedisStore } from "./redis-store.ts";

/** How often control is read, so that STOP arrives without pub/sub as well. */
const CONTROL_POLL_MS = 1_000;

export type BusOptions = {
  /** `strict` unless told. */
  mode?: BusMode;
  /** Whose process this is, the operator's unless told: only the operator's begins sessions, and hears all that is said and done. */
  speaker?: Sender;
  leaseMs?: number;
  /** How long transcripts and journals are kept. */
  keepMs?: number;
  /** For what others say. */
  redactor: Redactor;
};

export type RedisBusOptions = BusOptions & {
  /** With the user's name and password. */
  url: string;
  /** Shown by Redis in its list of clients. */
  name: string;
};

/** Does not wait for Redis: what needs it rejects with `unavailable` until it is there. */
export function connectRedisBus({ url, name, ...options }: RedisBusOptions): Bus {
  return busOver(new RedisStore(url, name), options);
}

/** The same over a store of the caller's, which the bus closes. */
export function busOver(store: RedisStore, options: BusOptions): Bus {
  return new RedisBus(store, {
    ...{ mode: "strict", speaker: OPERATOR, leaseMs: LEASE_MS, keepMs: KEEP_MS },
    ...options,
  });
}

class RedisBus implements Bus {
  readonly budgets: Bus["budgets"];
  readonly approvals: Bus["approvals"];
  readonly missions: Bus["missions"];
  readonly guests: Bus["guests"];
  readonly #store: RedisStore;
  readonly #options: Required<BusOptions>;
  readonly #speech: Speech;
  readonly #feed = new EventFeed();
  readonly #mailboxes: RedisMailbox[] = [];
  readonly #reader: MessageReader;
  readonly #history: History;
  readonly #poll: NodeJS.Timeout;

  constructor(store: RedisStore, options: Required<BusOptions>) {
    this.#store = store;
    [this.budgets, this.guests] = [redisBudgets(store, options.redactor), redisGuests(store)];
    this.approvals = redisApprovals(store, options.redactor, options.keepMs);
    this.missions = redisMissions(store, options);
    this.#options = options;
    this.#reader = new MessageReader(options.redactor);
    this.#history = new History(store, this.#reader);
    this.#speech = new Speech({ store, reader: this.#reader, ...options });
    store.onConnection((state, reason) => this.#feed.emit({ kind: "connection", state, reason }));
    store.onSubscribed(() => void this.#catchUp());
    const { speech, activities, heeded } = this.#speech.channels;
    const heard = options.speaker === OPERATOR ? [...speech, ...activities] : heeded;
    store.onMessage(heard, (channel, payload) => this.#hear(channel, payload));
    this.#poll = setInterval(() => void this.#pollControl(), CONTROL_POLL_MS).unref();
  }

  async send(draft: Draft, options: WaitOptions): Promise<Message> {
    options.signal.throwIfAborted();
    return await this.#speech.send(draft);
  }

  async command(command: ControlCommand, options: WaitOptions & { id?: string }): Promise<ControlState> {
    options.signal.throwIfAborted();
    return await this.#speech.command(command, options.id ?? newMessageId(OPERATOR));
  }

  async control(options: WaitOptions): Promise<ControlState> {
    options.signal.throwIfAborted();
    const control = await this.#readControl();
    if (control === undefined) throw noSession();
    this.#feed.noticeControl(control);
    return control;
  }

  async history(options: WaitOptions): Promise<Message[]> {
    options.signal.throwIfAborted();
    return await this.#history.read();
  }

  show(event: Aside): void {
    if (!this.#store.isUp) return;
    this.#store.command(["PUBLISH", ...toPublication(this.#speech.channels, event)]).catch(() => {}); // best effort by contract
  }

  watch(listener: (event: LiveEvent) => void): () => void {
    return this.#feed.add(listener);
  }

  mailbox(role: Role, consumer: string): Mailbox {
    const mailbox = new RedisMailbox({
      ...{ store: this.#store, feed: this.#feed, reader: this.#reader, role, consumer },
      ...{ say: this.#speech.as(role), leaseMs: this.#options.leaseMs, keepMs: this.#options.keepMs },
    });
    this.#mailboxes.push(mailbox);
    return mailbox;
  }

  async deadLetters(options: WaitOptions): Promise<DeadLetter[]> {
    return await readDeadLetters(this.#store, (await this.control(options)).session, this.#reader);
  }

  async callOutput(call: CallPlace, options: WaitOptions): Promise<CallOutput | undefined> {
    options.signal.throwIfAborted();
    const key = turnKey(call.role, call.messageId);
    const json = await this.#store.command(["HGET", key, `outcome:${call.callId}`]);
    return typeof json === "string" ? parseCallOutput(json, this.#reader.redactor) : undefined;
  }

  async spending({ session, ...options }: WaitOptions & { session?: string }): Promise<Spending[]> {
    const wanted = session ?? (await this.control(options)).session;
    return await readLedger(this.#store, wanted, this.#reader.redactor);
  }

  async close(): Promise<void> {
    clearInterval(this.#poll);
    await Promise.allSettled(this.#mailboxes.map((mailbox) => mailbox.close()));
    await this.#store.close();
  }

  #hear(channel: string, payload: string): void {
    const event = this.#speech.channels.read(channel, payload, this.#reader);
    const raw = event ? undefined : this.#speech.readRaw(payload);
    if (event) this.#feed.emit(event);
    else if (raw) this.#takeIn(raw).catch(() => this.#feed.malformed());
    else this.#feed.malformed();
  }

  async #takeIn(raw: RawIntent): Promise<void> {
    const message = await this.#speech.takeIn(raw);
    if (message) this.#feed.emit(message);
  }

  /** Undefined while nobody has begun a session, in a process that must not begin one. */
  async #readControl(): Promise<ControlState | undefined> {
    const known = parseControlState(await this.#store.command(READ_CONTROL));
    if (known || this.#options.speaker !== OPERATOR) return known;
    return await this.#store.transact({ watch: [CONTROL_KEY], reads: [READ_CONTROL] }, ([reply]) =>
      decideFirst(reply),
    );
  }

  async #pollControl(): Promise<void> {
    if (!this.#store.isUp || !this.#feed.hasListeners) return;
    try {
      const control = parseControlState(await this.#store.command(READ_CONTROL));
      if (control) this.#feed.noticeControl(control);
    } catch {
      // away again: onConnection tells, and the next poll looks
    }
  }

  /** What was said while we were not subscribed; the feed drops what it has seen. */
  async #catchUp(): Promise<void> {
    try {
      const signal = AbortSignal.timeout(5_000);
      await this.#store.connected(signal);
      for (const message of await this.history({ signal })) this.#feed.emitMissed(message);
      this.#feed.caughtUp();
      await this.#pollControl();
    } catch {
      // away again: the next subscription catches up
    }
  }
}
