/**
 * The ledger: what each role's model calls cost, a hash a role and session, a field a turn. Written by the role alone,
 * with the journal of the turn; a field is the sum of its turn so far, so that whoever writes it again changes nothing.
 */

import { z } from "zod";
import { type Message, parseWire, sessionShape } from "../protocol/message.ts";
import { OPERATOR, ROLES, type Role } from "../protocol/roles.ts";
import { parseSpent, type Spending } from "../protocol/spending.ts";
import type { Redactor } from "../redact/redact.ts";
import { type Entries, SPENT } from "./journal-keys.ts";
import type { RedisCommand } from "./look.ts";
import { pairsOf } from "./redis-replies.ts";
import { parseControlState, READ_CONTROL, transcriptKey } from "./redis-schema.ts";
import type { RedisStore } from "./redis-store.ts";

export const ledgerKey = (role: Role, session: string) => `ledger:${role}:${session}`;

type Turn = { role: Role; message: Message; keepMs: number };

/** What entries of a journal add to the ledger; it is kept as long as the journal, from the last of them. */
export function ledgerCommands({ role, message, keepMs }: Turn, entries: Entries): RedisCommand[] {
  const spent = entries[SPENT];
  if (spent === undefined) return [];
  const key = ledgerKey(role, message.session);
  return [
    ["HSET", key, message.id, spent],
    ["PEXPIRE", key, Math.floor(keepMs)],
  ];
}

/** Of one role, which may read no other's. */
export async function readOwnLedger(
  store: RedisStore,
  key: { role: Role; session: string },
  redactor: Redactor,
): Promise<Spending[]> {
  return spendingIn(key.role, await store.command(["HGETALL", ledgerKey(key.role, key.session)]), redactor);
}

export async function readLedger(
  store: RedisStore,
  session: string,
  redactor: Redactor,
): Promise<Spending[]> {
  const replies = await store.pipeline(ROLES.map((role) => ["HGETALL", ledgerKey(role, session)] as const));
  return ROLES.flatMap((role, index) => spendingIn(role, replies[index], redactor));
}

/** Of the last sessions before this one that have asked a model, newest first. */
export async function readEarlierLedgers(store: RedisStore, redactor: Redactor): Promise<Spending[][]> {
  const newest: RedisCommand = ["XREVRANGE", transcriptKey(OPERATOR), "+", "-", "COUNT", LOOKED_AT];
  const [control, entries] = await store.pipeline([READ_CONTROL, newest]);
  const current = parseControlState(control)?.session;
  const found = (entries as [string, string[]][]).flatMap(([, [, json]]) => sessionOf(json ?? "") ?? []);
  const earlier = [...new Set(found)].filter((session) => session !== current).slice(0, MAX_SESSIONS);
  const ledgers = await Promise.all(earlier.map((session) => readLedger(store, session, redactor)));
  return ledgers.filter((ledger) => ledger.length > 0);
}

/** The operator opens each session: of his last messages that many are looked at, and so many sessions. */
const LOOKED_AT = 500;
const MAX_SESSIONS = 50;

function sessionOf(json: string): string | undefined {
  return z.object({ session: sessionShape }).safeParse(parseWire(json)).data?.session;
}

/** Messages, and what their turns have spent. */
function spendingIn(role: Role, reply: unknown, redactor: Redactor): Spending[] {
  return pairsOf(reply).flatMap(([messageId, json]) =>
    parseSpent(json, redactor).map((spent) => ({ ...spent, role, messageId })),
  );
}
