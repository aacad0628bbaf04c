/** The bus over Redis: sending, control, history and what is seen live. A role's inbox is redis-mailbox.ts. */
import { resolveMentions } from "../protocol/addressing.ts";
import { type ControlCommand, type ControlState, parseControl } from "../protocol/control.ts";
import {
  type Activity,
  type Message,
  type Notice,
  newMessageId,
  parseMessage,
  parseRawMessage,
  type RawMessage,
  type Thought,
} from "../protocol/message.ts";
import { COORDINATOR, OPERATOR, type Role } from "../protocol/roles.ts";
import type { Bus, DeadLetter, Draft, LiveEvent, Mailbox, WaitOptions } from "./bus.ts";
import { decideCommand, decideFirst, decideSend } from "./decisions.ts";
import { EventFeed } from "./event-feed.ts";
import {
  CONTROL_KEY,
  HISTORY_KEY,
  parseControlState,
  parseTime,
  READ_CONTROL,
  READ_TIME,
  rawMessageId,
  sentKey,
} from "./records.ts";
import { readDeadLetters } from "./redis-dead-letters.ts";
import { LEASE_MS } from "./redis-lease.ts";
import { RedisMailbox } from "./redis-mailbox.ts";
import { RedisStore } from "./redis-store.ts";
import {
  ACTIVITY_CHANNEL,
  CHANNEL,
  encodeActivity,
  encodeAside,
  parseActivity,
  parseChannel,
} from "./wire.ts";

/** How often control is read, so that STOP arrives without pub/sub as well. */
const CONTROL_POLL_MS = 1_000;

export type RedisBusOptions = {
  url: string;
  /** Shown by Redis in its list of clients. */
  name: string;
};

/** Does not wait for Redis: what needs it rejects with `unavailable` until it is there. */
export function connectRedisBus(options: RedisBusOptions): Bus {
  return busOver(new RedisStore(options.url, options.name));
}

/** The same over a store of the caller's, which the bus closes. */
export function busOver(store: RedisStore, leaseMs = LEASE_MS): Bus {
  return new RedisBus(store, leaseMs);
}

class RedisBus implements Bus {
  readonly #store: RedisStore;
  readonly #leaseMs: number;
  readonly #feed = new EventFeed();
  readonly #mailboxes: RedisMailbox[] = [];
  readonly #poll: NodeJS.Timeout;

  constructor(store: RedisStore, leaseMs: number) {
    this.#store = store;
    this.#leaseMs = leaseMs;
    store.onConnection((state, reason) => this.#feed.emit({ kind: "connection", state, reason }));
    store.onSubscribed(() => void this.#catchUp());
    store.onMessage([CHANNEL, ACTIVITY_CHANNEL], (channel, payload) => this.#hear(channel, payload));
    this.#poll = setInterval(() => void this.#pollControl(), CONTROL_POLL_MS);
    this.#poll.unref();
  }

  async send(draft: Draft, options: WaitOptions): Promise<Message> {
    options.signal.throwIfAborted();
    return await this.#store.transact(
      [CONTROL_KEY, sentKey(draft.id)],
      [READ_CONTROL, ["GET", sentKey(draft.id)], READ_TIME],
      ([control, sent, time]) => decideSend(draft, control, sent, { publish: true, now: parseTime(time) }),
    );
  }

  async command(command: ControlCommand, options: WaitOptions): Promise<ControlState> {
    options.signal.throwIfAborted();
    return await this.#command(command, newMessageId());
  }

  async control(options: WaitOptions): Promise<ControlState> {
    options.signal.throwIfAborted();
    const known = parseControlState(await this.#store.command(READ_CONTROL));
    const control =
      known ?? (await this.#store.transact([CONTROL_KEY], [READ_CONTROL], ([reply]) => decideFirst(reply)));
    this.#feed.noticeControl(control);
    return control;
  }

  async history(options: WaitOptions): Promise<Message[]> {
    const { session } = await this.control(options);
    const entries = (await this.#store.command(["LRANGE", HISTORY_KEY, 0, -1])) as string[];
    const messages = entries.map(parseMessage).filter((message) => message?.session === session);
    return [...new Map(messages.map((message) => [message?.id, message])).values()] as Message[];
  }

  show(event: Thought | Notice | Activity): void {
    if (!this.#store.isUp) return;
    const [channel, payload] =
      event.kind === "activity" ? [ACTIVITY_CHANNEL, encodeActivity(event)] : [CHANNEL, encodeAside(event)];
    this.#store.command(["PUBLISH", channel, payload]).catch(() => {}); // best effort by contract
  }

  watch(listener: (event: LiveEvent) => void): () => void {
    return this.#feed.add(listener);
  }

  mailbox(role: Role, consumer: string): Mailbox {
    const [store, feed, leaseMs] = [this.#store, this.#feed, this.#leaseMs];
    const mailbox = new RedisMailbox({ store, feed, role, consumer, leaseMs });
    this.#mailboxes.push(mailbox);
    return mailbox;
  }

  async deadLetters(options: WaitOptions): Promise<DeadLetter[]> {
    return await readDeadLetters(this.#store, (await this.control(options)).session);
  }

  async close(): Promise<void> {
    clearInterval(this.#poll);
    await Promise.allSettled(this.#mailboxes.map((mailbox) => mailbox.close()));
    await this.#store.close();
  }

  #hear(channel: string, payload: string): void {
    if (channel === ACTIVITY_CHANNEL) {
      this.#pass(parseActivity(payload));
      return;
    }
    const event = parseChannel(payload);
    const raw = event ? undefined : parseRawMessage(payload);
    if (raw) this.#takeIn(raw).catch(() => this.#feed.malformed());
    else this.#pass(event);
  }

  #pass(event: LiveEvent | undefined): void {
    if (event) this.#feed.emit(event);
    else this.#feed.malformed();
  }

  /** A message of a program that only publishes: stored once, by whichever of us is first. */
  async #takeIn(raw: RawMessage): Promise<void> {
    const id = rawMessageId(raw, Date.now());
    const command = raw.sender === OPERATOR ? parseControl(raw.content) : undefined;
    if (command) return void (await this.#command(command, id));
    const mentioned = resolveMentions(raw.sender, raw.content).to;
    const to = raw.sender === OPERATOR && mentioned.length === 0 ? [COORDINATOR] : mentioned;
    const draft: Draft = { id, sender: raw.sender, to, content: raw.content };
    const message = await this.#store.transact(
      [CONTROL_KEY, sentKey(id)],
      [READ_CONTROL, ["GET", sentKey(id)], READ_TIME],
      ([control, sent, time]) => decideSend(draft, control, sent, { publish: false, now: parseTime(time) }),
    );
    this.#feed.emit(message);
  }

  async #command(command: ControlCommand, id: string): Promise<ControlState> {
    return await this.#store.transact(
      [CONTROL_KEY, sentKey(id)],
      [READ_CONTROL, ["GET", sentKey(id)]],
      ([control, sent]) => decideCommand({ command, id }, control, sent),
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
      for (const message of await this.history({ signal: AbortSignal.timeout(5_000) }))
        this.#feed.emitMissed(message);
      this.#feed.caughtUp();
      await this.#pollControl();
    } catch {
      // away again: the next subscription catches up
    }
  }
}
