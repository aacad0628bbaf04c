/**
 * A role's durable inbox in Redis: a stream for each sender, which writes it alone, and one consumer group over them
 * all, which only the role can read and move. One replica of the role holds the lease and reads; it gets what an
 * earlier holder left pending. A message stays pending until its journal is finished, and is then taken out.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isAppError } from "../base/errors.ts";
import type { Message } from "../protocol/message.ts";
import { type Role, SENDERS, type Sender } from "../protocol/roles.ts";
import type { Delivery, Mailbox, TurnJournal, WaitOptions } from "./bus.ts";
import type { Say } from "./decisions.ts";
import type { EventFeed } from "./event-feed.ts";
import type { MessageReader } from "./message-reader.ts";
import { RedisJournal } from "./redis-journal.ts";
import { Lease } from "./redis-lease.ts";
import { compareEntryIds, inboxKey, saidBy } from "./redis-schema.ts";
import type { RedisCommand, RedisStore } from "./redis-store.ts";

const BLOCK_MS = 1_000;
const BATCH = 100;

type Position = { stream: string; id: string };
type Entry = Position & { message: Message | undefined; deliveries: number };
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
  readonly #lease: Lease;
  readonly #positions = new Map<string, Position>();
  /** Set when a read may have been handed out without reaching us. */
  #mustLookBack = false;

  constructor(context: MailboxContext) {
    this.#context = context;
    this.#lease = new Lease(context);
  }

  async receive({ signal }: WaitOptions): Promise<Delivery[]> {
    signal.throwIfAborted();
    if (!(await this.#mayRead())) {
      await sleep(BLOCK_MS, undefined, { signal });
      return [];
    }
    const lookBack = this.#mustLookBack;
    this.#mustLookBack = true;
    const deliveries = await this.#accept(await (lookBack ? this.#readPending() : this.#readNew()));
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
      acknowledge: (ended) => takeOut(role, this.#positionOf(ended)),
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
    return this.#positions.get(id) ?? { stream: inboxKey(this.#context.role, sender), id: "0-0" };
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
    this.#positions.clear();
    this.#mustLookBack = true;
    return true;
  }

  async #createGroups(): Promise<void> {
    const { store, role } = this.#context;
    for (const sender of SENDERS) {
      try {
        await store.command(["XGROUP", "CREATE", inboxKey(role, sender), role, "0", "MKSTREAM"]);
      } catch (error) {
        // BUSYGROUP: it is there already; a real refusal shows at the first read
        if (isAppError(error, "unavailable")) throw error;
      }
    }
  }

  async #readNew(): Promise<Entry[]> {
    const { store, role, consumer, reader } = this.#context;
    const streams = SENDERS.map((sender) => inboxKey(role, sender));
    const reply = (await store.blocking([
      ...["XREADGROUP", "GROUP", role, consumer, "COUNT", BATCH, "BLOCK", BLOCK_MS, "STREAMS"],
      ...streams,
      ...streams.map(() => ">"),
    ] as unknown as RedisCommand)) as [string, [string, string[]][]][] | null;
    return (reply ?? []).flatMap(([stream, entries]) => {
      const sender = SENDERS[streams.indexOf(stream)] as Sender;
      return entries.map(([id, [, json]]) => ({
        stream,
        id,
        message: saidBy(sender, json, reader.read),
        deliveries: 1,
      }));
    });
  }

  /** What this or an earlier holder of the lease was given and did not finish. */
  async #readPending(): Promise<Entry[]> {
    await this.#createGroups();
    const entries: Entry[] = [];
    for (const sender of SENDERS) entries.push(...(await this.#claim(sender)));
    return entries;
  }

  async #claim(sender: Sender): Promise<Entry[]> {
    const { store, role, consumer, reader } = this.#context;
    const stream = inboxKey(role, sender);
    const entries: Entry[] = [];
    let cursor = "0-0";
    do {
      const claim: RedisCommand = ["XAUTOCLAIM", stream, role, consumer, 0, cursor, "COUNT", BATCH];
      const [next, claimed] = (await store.command(claim)) as [string, [string, string[]][]];
      const from = claimed[0]?.[0];
      const counts = from ? await this.#deliveryCounts(stream, from) : new Map<string, number>();
      for (const [id, [, json]] of claimed)
        entries.push({
          stream,
          id,
          message: saidBy(sender, json, reader.read),
          deliveries: counts.get(id) ?? 1,
        });
      cursor = next;
    } while (cursor !== "0-0");
    return entries;
  }

  async #deliveryCounts(stream: string, from: string): Promise<Map<string, number>> {
    const { store, role } = this.#context;
    const rows = await store.command(["XPENDING", stream, role, from, "+", BATCH]);
    return new Map((rows as [string, string, number, number][]).map(([id, , , count]) => [id, count]));
  }

  /** Keep what is a message for this role, take the rest out, pass all of it on to whoever watches. */
  async #accept(entries: Entry[]): Promise<Delivery[]> {
    const { store, feed, role } = this.#context;
    const isMine = ({ message }: Entry) => message?.to.includes(role) === true;
    const others = entries.filter((entry) => !isMine(entry));
    await store.pipeline(others.flatMap((entry) => takeOut(role, entry)));
    for (const { message } of entries) {
      if (message) feed.emit(message);
      else feed.malformed();
    }
    return entries
      .filter(isMine)
      .sort((a, b) => compareEntryIds(a.id, b.id))
      .map((entry) => this.#deliver(entry));
  }

  #deliver({ stream, id, message, deliveries }: Entry): Delivery {
    this.#positions.set((message as Message).id, { stream, id });
    return { message: message as Message, deliveries };
  }
}

/** Off the pending list, and out of the stream: the transcript keeps what was said. */
function takeOut(role: Role, { stream, id }: Position): RedisCommand[] {
  return [
    ["XACK", stream, role, id],
    ["XDEL", stream, id],
  ];
}
