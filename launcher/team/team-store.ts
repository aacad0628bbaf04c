/** Reading what a team has recorded: its messages and the journals of its turns. */
import { saidBy, transcriptKey, turnKey } from "../../agents/bus/redis-schema.ts";
import type { RedisStore } from "../../agents/bus/redis-store.ts";
import { compareTimes, type Message, parseMessage } from "../../agents/protocol/message.ts";
import { type Role, SENDERS, type Sender } from "../../agents/protocol/roles.ts";
import type { Redactor } from "../../agents/redact/redact.ts";

/** The journal of a turn; empty when it has not begun. */
export type Turn = ReadonlyMap<string, string>;

/** A message, and where it stands in the stream of its sender. */
export type Said = { entry: string; message: Message };

/** Messages of a sender that are read at once. */
const PAGE = 100;

/** Everything that was ever said, oldest first. */
export async function readMessages(store: RedisStore, redactor: Redactor): Promise<Message[]> {
  const messages: Message[] = [];
  const read = async (sender: Sender) => {
    for await (const { message } of readTranscript(store, sender, redactor)) messages.push(message);
  };
  await Promise.all(SENDERS.map(read));
  return messages.sort(compareTimes);
}

/** All sessions in which something was said; without keeping what. */
export async function readSessions(store: RedisStore, redactor: Redactor): Promise<ReadonlySet<string>> {
  const sessions = new Set<string>();
  for (const sender of SENDERS)
    for await (const { message } of readTranscript(store, sender, redactor)) sessions.add(message.session);
  return sessions;
}

/** What a sender has ever said, oldest first, a page at a time. */
export async function* readTranscript(
  store: RedisStore,
  sender: Sender,
  redactor: Redactor,
): AsyncGenerator<Said> {
  for (let last = "0-0"; ; ) {
    const page = await store.command(["XRANGE", transcriptKey(sender), `(${last}`, "+", "COUNT", PAGE]);
    const entries = page as [string, string[]][];
    for (const [entry, [, json]] of entries) {
      const message = saidBy(sender, json, (text) => parseMessage(text, redactor));
      if (message) yield { entry, message };
    }
    if (entries.length < PAGE) return;
    last = entries.at(-1)?.[0] ?? last;
  }
}

export async function readTurn(store: RedisStore, role: Role, messageId: string): Promise<Turn> {
  const flat = (await store.command(["HGETALL", turnKey(role, messageId)])) as string[];
  const entries = new Map<string, string>();
  for (let index = 0; index + 1 < flat.length; index += 2)
    entries.set(flat[index] ?? "", flat[index + 1] ?? "");
  return entries;
}
