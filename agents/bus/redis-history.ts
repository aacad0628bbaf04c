/** What was said last, out of the streams that only their senders can write. */
import { setImmediate as nextRound } from "node:timers/promises";
import type { Message } from "../protocol/message.ts";
import { SENDERS, type Sender } from "../protocol/roles.ts";
import { HISTORY_LIMIT } from "./bus.ts";
import type { RedisCommand } from "./look.ts";
import type { MessageReader } from "./message-reader.ts";
import {
  compareEntryIds,
  parseControlState,
  parseTime,
  READ_CONTROL,
  READ_TIME,
  saidBy,
  transcriptKey,
} from "./redis-schema.ts";
import type { RedisStore } from "./redis-store.ts";

/** A writer can give its entries any later id: those of the future would push out what the others say. */
const CLOCK_SLACK_MS = 60_000;
/** Reading 80 that are no longer takes no time to speak of. */
const LONG_CHARS = 10_000;
/** Of JSON; above it everything is read again the next time. */
const MAX_KEPT_CHARS = 8_000_000;

type Entry = { sender: Sender; id: string; json: string | undefined };

/** Reads what it has not read before: in the midst of a session one round trip, and few entries. */
export class History {
  readonly #store: RedisStore;
  readonly #reader: MessageReader;
  /** Of each sender the id of the last entry that was taken in. */
  readonly #last = new Map<Sender, string>();
  /** Of all senders, oldest first. What is pushed out never comes back: every stream only grows. */
  #entries: Entry[] = [];

  constructor(store: RedisStore, reader: MessageReader) {
    this.#store = store;
    this.#reader = reader;
  }

  /** The last messages of the session, oldest first; what stands in the stream of another is left out. */
  async read(): Promise<Message[]> {
    const news = SENDERS.map((sender) => this.#newsOf(sender));
    const [control, time, ...replies] = await this.#store.pipeline([READ_CONTROL, READ_TIME, ...news]);
    const session = parseControlState(control)?.session;
    if (session === undefined) return [];
    const found = SENDERS.map((sender, index) => toEntries(sender, replies[index]));
    // by the clock of Redis, which makes the ids
    await this.#takeIn(found, parseTime(time).getTime() + CLOCK_SLACK_MS);
    return await this.#messagesOf(session);
  }

  #newsOf(sender: Sender): RedisCommand {
    const last = this.#last.get(sender) ?? "0-0";
    return ["XRANGE", transcriptKey(sender), `(${last}`, "+", "COUNT", HISTORY_LIMIT];
  }

  /** Who has said so much that there may be more has its newest entries read. */
  async #takeIn(found: readonly Entry[][], latestMs: number): Promise<void> {
    const behind = SENDERS.filter((_, index) => found[index]?.length === HISTORY_LIMIT);
    const ends = await this.#store.pipeline(
      behind.map((sender) => ["XREVRANGE", transcriptKey(sender), latestMs, "-", "COUNT", HISTORY_LIMIT]),
    );
    const newestOf = behind.flatMap((sender, index) => toEntries(sender, ends[index]).reverse());
    const all = [...found.filter((entries) => entries.length < HISTORY_LIMIT).flat(), ...newestOf];
    const fresh = all.filter(({ id }) => compareEntryIds(id, `${latestMs + 1}`) < 0).filter(this.#isNew);
    for (const { sender, id } of fresh) this.#last.set(sender, id);
    this.#entries = newest([...this.#entries, ...fresh]);
  }

  /** Another reading may have taken it in meanwhile. */
  readonly #isNew = ({ sender, id }: Entry): boolean =>
    compareEntryIds(id, this.#last.get(sender) ?? "0-0") > 0;

  async #messagesOf(session: string): Promise<Message[]> {
    const messages: Message[] = [];
    let chars = 0;
    for (const { sender, json } of this.#entries) {
      chars += json?.length ?? 0;
      if ((json?.length ?? 0) > LONG_CHARS) await nextRound(); // the longest 80 take seconds: STOP is heard in between
      const message = saidBy(sender, json, this.#reader.read);
      if (message?.session === session) messages.push(message);
    }
    if (chars > MAX_KEPT_CHARS) this.#forget();
    return messages;
  }

  #forget(): void {
    this.#last.clear();
    this.#entries = [];
  }
}

/** In the order of the reply. */
function toEntries(sender: Sender, reply: unknown): Entry[] {
  return (reply as [string, string[]][]).map(([id, [, json]]) => ({ sender, id, json }));
}

function newest(entries: readonly Entry[]): Entry[] {
  return entries.toSorted((a, b) => compareEntryIds(a.id, b.id)).slice(-HISTORY_LIMIT);
}
