/** The messages that were given up, for the operator to look at. */
import { parseJson, parseMessage } from "../protocol/message.ts";
import { ROLES, type Role } from "../protocol/roles.ts";
import type { DeadLetter } from "./bus.ts";
import { deadKey } from "./records.ts";
import type { RedisStore } from "./redis-store.ts";

export async function readDeadLetters(store: RedisStore, session: string): Promise<DeadLetter[]> {
  const lists = await store.pipeline(ROLES.map((role) => ["LRANGE", deadKey(role), 0, -1]));
  const letters = ROLES.flatMap((role, index) =>
    (lists[index] as string[]).flatMap((json) => parseDeadLetter(role, json) ?? []),
  );
  return letters.filter(({ message }) => message.session === session);
}

function parseDeadLetter(role: Role, json: string): DeadLetter | undefined {
  const { cause, timestamp, message } = (parseJson(json) ?? {}) as Record<string, unknown>;
  const parsed = parseMessage(String(message));
  return parsed && { role, message: parsed, cause: String(cause), timestamp: String(timestamp) };
}
