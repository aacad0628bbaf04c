/**
 * A role's durable inbox in Redis: a stream for each sender, which writes it alone, and which only the role reads. One
 * replica of the role holds the lease and reads, from the beginning: a message stays in its stream until its journal is
 * finished. Reading writes nothing, so who lost the lease takes nothing away.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "../protocol/message.ts";
import { type Role, SENDERS, type Sender } from "../protocol/roles.ts";
import type { Delivery, Mailbox, TurnJournal, WaitOptions } from "./bus.ts";
import type { Say } from "./decisions.ts";
import type { EventFeed } from "./event-feed.ts";
import type { RecordedTurn } from "./journal-keys.ts";
import type { RedisCommand } from "./look.ts";
import type { MessageReader } from "./message-reader.ts";
import { RedisAccount } from "./redis-account.ts";
import { whenUp } from "./redis-fence.ts";
import { RedisJournal } from "./redis-journal.ts";
import { Lease } from "./redis-lease.ts";
import { RedisMissionDesk } from "./redis-mission.ts";
import { RedisOwnApprovals } from "./redis-own-approvals.ts";
import { compareEntryIds, inboxKey, saidBy } from "./redis-schema.ts";
import type { RedisStore } from "./redis-store.ts";
import { readThread } from "./redis-thread.ts";

const BLOCK_MS = 1_000;
/** Read at once, of each sender. */
const BATCH = 100;
const BEGINNING = "0-0";

type Position = { stream: string; id: string };
type Entry = Position & { message: Message | undefined };
type MailboxContext = {
  store: RedisStore;
  feed: EventFeed;
  role: Role;
  consumer: string;
  leaseMs: number;
  keepMs: number;
  reader: MessageReader;
  say: Say;
};

export class RedisMailbox implements Mailbox {
  readonly #context: MailboxContext;
  readonly account: RedisAccount;
  readonly approvals: RedisOwnApprovals;
  readonly mission: RedisMissionDesk;
  readonly #lease: Lease;
  /** Of what was handed out. */
  readonly #positions = new Map<string, Position>();
  /** Of each stream the last entry that was read. */
  readonly #read = new Map<string, string>();
  /** Set until all that was there has been read, after a broken connection too. */
  #mustLookBack = true;

  constructor(context: MailboxContext) {
    this.#context = context;
    this.#lease = new Lease(context);
    const { redactor } = context.reader;
    const own = { ...context, redactor, lease: this.#lease.value };
    this.account = new RedisAccount(own);
    this.approvals = new RedisOwnApprovals(own);
    this.mission = new RedisMissionDesk(own);
  }

  async receive({ signal }: WaitOptions): Promise<Delivery[]> {
    signal.throwIfAborted();
    if (!(await this.#mayRead())) {
      await sleep(BLOCK_MS, undefined, { signal });
      return [];
    }
    const isAgain = this.#mustLookBack;
    this.#mustLookBack = true;
    const entries = await (isAgain ? this.#readAll() : this.#readNew());
    const deliveries = await this.#accept(entries, isAgain);
    this.#mustLookBack = false;
    return deliveries;
  }

  journal(message: Message): TurnJournal {
    const { store, role, feed, say, reader, keepMs } = this.#context;
    return new RedisJournal({
      store,
      role,
      message,
      lease: this.#lease.value,
      say,
      reader,
      keepMs,
      acknowledge: (ended) => [takeOut(this.#positionOf(ended))],
      onFinished: (ended, said) => {
        for (const { id } of ended) this.#positions.delete(id);
        for (const each of said) {
          reader.remember(each);
          feed.emit(each);
        }
      },
    });
  }

  #positionOf({ id, sender }: Message): Position {
    return this.#positions.get(id) ?? { stream: inboxKey(this.#context.role, sender), id: BEGINNING };
  }

  async thread({ signal }: WaitOptions): Promise<RecordedTurn[]> {
    const { store, role } = this.#context;
    return await whenUp(() => readThread(store, role), { signal });
  }

  leaseLost(): AbortSignal {
    return this.#lease.lost();
  }

  assertInCharge(): void {
    this.#lease.assertHeld();
  }

  async close(): Promise<void> {
    await this.#lease.release();
  }

  async #mayRead(): Promise<boolean> {
    if (this.#lease.isHeld) return true;
    if (!(await this.#lease.take())) return false;
    await this.account.adopt();
    this.#positions.clear();
    this.#mustLookBack = true;
    return true;
  }

  async #readNew(): Promise<Entry[]> {
    return this.#entriesIn(await this.#context.store.blocking(this.#reading("BLOCK", BLOCK_MS)));
  }

  /** All that is not finished: new, or handed out by this or an earlier holder of the lease. */
  async #readAll(): Promise<Entry[]> {
    this.#read.clear();
    const all: Entry[] = [];
    for (;;) {
      const entries = this.#entriesIn(await this.#context.store.command(this.#reading()));
      if (entries.length === 0) return all;
      all.push(...entries);
    }
  }

  #reading(...options: (string | number)[]): RedisCommand {
    const streams = this.#streams();
    const from = streams.map((stream) => this.#read.get(stream) ?? BEGINNING);
    return ["XREAD", "COUNT", BATCH, ...options, "STREAMS", ...streams, ...from];
  }

  #streams(): string[] {
    return SENDERS.map((sender) => inboxKey(this.#context.role, sender));
  }

  #entriesIn(reply: unknown): Entry[] {
    const streams = this.#streams();
    return ((reply ?? []) as [string, [string, string[]][]][]).flatMap(([stream, entries]) => {
      const sender = SENDERS[streams.indexOf(stream)] as Sender;
      const last = entries.at(-1);
      if (last) this.#read.set(stream, last[0]);
      return entries.map(([id, [, json]]) => ({
        stream,
        id,
        message: saidBy(sender, json, this.#context.reader.read),
      }));
    });
  }

  /** Keep what is a message for this role, take the rest out, pass all of it on to whoever watches. */
  async #accept(entries: Entry[], isAgain: boolean): Promise<Delivery[]> {
    const { store, feed, role } = this.#context;
    const isMine = ({ message }: Entry) => message?.to.includes(role) === true;
    const others = entries.filter((entry) => !isMine(entry));
    await store.pipeline(others.map(takeOut));
    for (const { message } of entries) {
      if (message) feed.emit(message);
      else feed.malformed();
    }
    return entries
      .filter(isMine)
      .sort((a, b) => compareEntryIds(a.id, b.id))
      .map((entry) => this.#deliver(entry, isAgain));
  }

  #deliver({ stream, id, message }: Entry, isAgain: boolean): Delivery {
    this.#positions.set((message as Message).id, { stream, id });
    return { message: message as Message, isAgain };
  }
}

/** Out of the stream: the transcript keeps what was said. */
function takeOut({ stream, id }: Position): RedisCommand {
  return ["XDEL", stream, id];
}
