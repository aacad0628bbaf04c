/** Reading what a team has recorded: its messages and the journals of its turns. */
import { saidBy, transcriptKey, turnKey } from "../../agents/bus/redis-schema.ts";
import type { RedisStore } from "../../agents/bus/redis-store.ts";
import { compareTimes, type Message, parseMessage } from "../../agents/protocol/message.ts";
import { type Role, SENDERS, type Sender } from "../../agents/protocol/roles.ts";
import type { Redactor } from "../../agents/redact/redact.ts";

/** The journal of a turn; empty when it has not begun. */
export type Turn = ReadonlyMap<string, string>;

/** Everything that was ever said, oldest first. */
export async function readMessages(store: RedisStore, redactor: Redactor): Promise<Message[]> {
  const transcripts = await Promise.all(SENDERS.map((sender) => readTranscript(store, sender, redactor)));
  return transcripts.flat().sort(compareTimes);
}

async function readTranscript(store: RedisStore, sender: Sender, redactor: Redactor): Promise<Message[]> {
  const entries = await store.command(["XRANGE", transcriptKey(sender), "-", "+"]);
  return (entries as [string, string[]][]).flatMap(
    ([, fields]) => saidBy(sender, fields[1], (json) => parseMessage(json, redactor)) ?? [],
  );
}

export async function readTurn(store: RedisStore, role: Role, messageId: string): Promise<Turn> {
  const flat = (await store.command(["HGETALL", turnKey(role, messageId)])) as string[];
  const entries = new Map<string, string>();
  for (let index = 0; index + 1 < flat.length; index += 2)
    entries.set(flat[index] ?? "", flat[index + 1] ?? "");
  return entries;
}
