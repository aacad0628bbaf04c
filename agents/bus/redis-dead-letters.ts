/** The messages that were given up, for the operator to look at: as their senders said them, whatever the letter says. */
import { type Message, parseJson } from "../protocol/message.ts";
import { ROLES, type Role } from "../protocol/roles.ts";
import type { DeadLetter } from "./bus.ts";
import type { MessageReader } from "./message-reader.ts";
import { deadKey, saidBy, transcriptKey } from "./redis-schema.ts";
import type { RedisStore } from "./redis-store.ts";

/** A message is stored at most so many entries after the moment at which it was dated. */
const NEARBY = 1_000;

export async function readDeadLetters(
  store: RedisStore,
  session: string,
  reader: MessageReader,
): Promise<DeadLetter[]> {
  const lists = await store.pipeline(ROLES.map((role) => ["LRANGE", deadKey(role), 0, -1]));
  const letters = ROLES.flatMap((role, index) =>
    (lists[index] as string[]).flatMap((json) => parseDeadLetter(role, json, reader) ?? []),
  );
  const own = letters.filter(({ message }) => message.session === session);
  const genuine = await Promise.all(own.map(({ message }) => readOriginal(store, message, reader)));
  return own.flatMap((letter, index) => {
    const message = genuine[index];
    return message ? [{ ...letter, message }] : [];
  });
}

function parseDeadLetter(role: Role, json: string, reader: MessageReader): DeadLetter | undefined {
  const { cause, timestamp, message } = (parseJson(json) ?? {}) as Record<string, unknown>;
  const parsed = reader.read(String(message));
  return (
    parsed && { role, message: parsed, cause: reader.redactor(String(cause)), timestamp: String(timestamp) }
  );
}

/** The message of this id in its sender's own stream. */
async function readOriginal(
  store: RedisStore,
  { sender, id, timestamp }: Message,
  { read }: MessageReader,
): Promise<Message | undefined> {
  const fromMs = Date.parse(timestamp);
  if (Number.isNaN(fromMs)) return undefined;
  const reply = await store.command(["XRANGE", transcriptKey(sender), fromMs, "+", "COUNT", NEARBY]);
  return (reply as [string, string[]][])
    .map(([, fields]) => saidBy(sender, fields[1], read))
    .find((message) => message?.id === id);
}
