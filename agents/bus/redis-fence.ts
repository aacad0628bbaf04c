/**
 * What every write of a turn has to find: the lease still held, the run not passed. And what else it may ask for in the
 * same look: whether its reply was said before, what the operator has for the role.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { AppError, isAppError } from "../base/errors.ts";
import type { ControlState } from "../protocol/control.ts";
import type { Message } from "../protocol/message.ts";
import { OPERATOR, type Role } from "../protocol/roles.ts";
import { type Draft, leaseLostError, type WaitOptions } from "./bus.ts";
import type { Say } from "./decisions.ts";
import type { MessageReader } from "./message-reader.ts";
import {
  CONTROL_KEY,
  inboxKey,
  leaseKey,
  parseControlState,
  parseTime,
  READ_CONTROL,
  READ_TIME,
  saidBy,
  sentKey,
  turnKey,
} from "./redis-schema.ts";
import type { Decision, RedisCommand, RedisStore } from "./redis-store.ts";

const RETRY_MS = 200;

export type JournalContext = {
  store: RedisStore;
  role: Role;
  message: Message;
  /** What the lease must say for this writer. */
  lease: string;
  say: Say;
  /** Journals outlive their session for those who look back. */
  keepMs: number;
  reader: MessageReader;
  /** Take a message out of the role's inbox. */
  acknowledge: (message: Message) => readonly RedisCommand[];
  onFinished: (ended: readonly Message[], said: readonly Message[]) => void;
};

/** What a write of a turn finds: the run, how the turn ended, what it said before, the time of Redis, what the operator has for the role. */
type Found = {
  control: ControlState;
  ended: string | null;
  sent: string | null;
  now: Date;
  unheard: readonly Message[];
};
/** What else a write of a turn looks at. */
export type Beside = { reply?: Draft | undefined; operator?: boolean };
/** The operator may have more for a role: one that was not heard is enough. */
const MAX_UNHEARD = 100;

/** Decides again when what it has read has changed meanwhile. AppError `stale` for a run that has passed, or a lost lease. */
export async function fenced<T>(
  context: JournalContext,
  { reply, operator = false, signal }: Beside & WaitOptions,
  decide: (found: Found) => Decision<T>,
): Promise<T> {
  const { store, role, lease, message } = context;
  const journal = turnKey(role, message.id);
  const inbox = inboxKey(role, OPERATOR);
  const watched = [CONTROL_KEY, leaseKey(role), journal, ...(operator ? [inbox] : [])];
  const reads: RedisCommand[] = [
    ...[READ_CONTROL, READ_TIME, ["GET", leaseKey(role)] as const, ["HGET", journal, "status"] as const],
    ...(reply ? [["GET", sentKey(role, reply.id)] as const] : []),
    ...(operator ? [["XRANGE", inbox, "-", "+", "COUNT", MAX_UNHEARD] as const] : []),
  ];
  const look = ([control, time, holder, ended, ...more]: unknown[]): Decision<T> => {
    if (holder !== lease) throw leaseLostError(role);
    const state = parseControlState(control);
    if (state?.session !== message.session || state.epoch !== message.epoch)
      throw new AppError("stale", "the operator stopped this run");
    return decide({
      ...{ control: state, now: parseTime(time) },
      ended: ended as string | null,
      sent: reply ? (more[0] as string | null) : null,
      unheard: operator ? unheardIn(context, more.at(-1)) : [],
    });
  };
  return await whenUp(() => store.transact(watched, reads, look), { signal });
}

/** What the operator has for the role and belongs to this run. */
function unheardIn({ reader, message, role }: JournalContext, entries: unknown): Message[] {
  return (entries as [string, string[]][]).flatMap(([, [, json]]) => {
    const found = saidBy(OPERATOR, json, reader.read);
    const isOfThisRun = found?.epoch === message.epoch && found.session === message.session;
    return isOfThisRun && found.to.includes(role) ? [found] : [];
  });
}

/** A write is repeated until Redis has answered it; each recognises its own repetition. */
export async function whenUp<T>(attempt: () => Promise<T>, { signal }: WaitOptions): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isAppError(error, "unavailable") || signal.aborted) throw error;
      await sleep(RETRY_MS, undefined, { signal });
    }
  }
}
