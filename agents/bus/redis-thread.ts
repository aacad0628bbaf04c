/**
 * Which turns a role's thread is made of: a key of the role that names them, written with the journal of the newest. The
 * journals have all of it; whoever starts anew reads them from here.
 */
import { z } from "zod";
import { messageIdShape, parseJson } from "../protocol/message.ts";
import type { Role } from "../protocol/roles.ts";
import { type Entries, type RecordedTurn, THREAD } from "./journal-keys.ts";
import type { RedisCommand } from "./look.ts";
import { threadKey, turnKey } from "./redis-schema.ts";
import type { RedisStore } from "./redis-store.ts";

/** More turns than any thread has: each costs tokens. */
const MAX_TURNS = 1_000;

const names = z.array(messageIdShape).max(MAX_TURNS);

/** What entries of a journal change in it; kept as long as the journal. */
export function threadCommands(
  { role, keepMs }: { role: Role; keepMs: number },
  entries: Entries,
): RedisCommand[] {
  const thread = entries[THREAD];
  return thread === undefined ? [] : [["SET", threadKey(role), thread, "PX", Math.floor(keepMs)]];
}

export async function readThread(store: RedisStore, role: Role): Promise<RecordedTurn[]> {
  const ids = turnsNamed(await store.command(["GET", threadKey(role)]));
  const replies = await store.pipeline(ids.map((id) => ["HGETALL", turnKey(role, id)] as const));
  return ids
    .map((messageId, index) => ({ messageId, entries: toMap(replies[index]) }))
    .filter(({ entries }) => entries.size > 0);
}

/** None when the text is no list of ids. */
export function turnsNamed(json: unknown): string[] {
  return typeof json === "string" ? (names.safeParse(parseJson(json)).data ?? []) : [];
}

/** HGETALL is a flat list of names and values. */
export function toMap(reply: unknown): Map<string, string> {
  const flat = reply as string[];
  const map = new Map<string, string>();
  for (let index = 0; index + 1 < flat.length; index += 2)
    map.set(String(flat[index]), String(flat[index + 1]));
  return map;
}
