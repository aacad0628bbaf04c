/**
 * What every write of a turn has to find: the lease still held, the run not passed. And what else it may ask for in the
 * same look: what the operator has for the role.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isAppError } from "../base/errors.ts";
import type { ControlState } from "../protocol/control.ts";
import type { Message } from "../protocol/message.ts";
import { OPERATOR, type Role } from "../protocol/roles.ts";
import { leaseLostError, type WaitOptions } from "./bus.ts";
import { runPassed, type Say } from "./decisions.ts";
import type { Decision, Look, RedisCommand } from "./look.ts";
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
  turnKey,
} from "./redis-schema.ts";
import type { RedisStore } from "./redis-store.ts";

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

/** What a write of a turn finds: the run, how the turn ended, the time of Redis, what the operator has for the role. */
type Found = {
  control: ControlState;
  ended: string | null;
  now: Date;
  /** How many of the operator's messages are in the role's inbox, those at work included. */
  ofOperator: number;
  /** Those of them that belong to this run, if they were asked for. */
  fromOperator: readonly Message[];
};
type FenceOptions = WaitOptions & { withOperator?: boolean };
/** The operator may have more for a role: one that was not heard is enough. */
const MAX_UNHEARD = 100;

export class Fence {
  readonly #context: JournalContext;
  readonly #look: Look;
  readonly #closeLook: Look;

  constructor(context: JournalContext) {
    const { role, message } = context;
    const [journal, inbox] = [turnKey(role, message.id), inboxKey(role, OPERATOR)];
    const watch = [CONTROL_KEY, leaseKey(role), journal, inbox];
    const reads: RedisCommand[] = [
      ...[READ_CONTROL, READ_TIME, ["GET", leaseKey(role)] as const],
      ...[["HGET", journal, "status"] as const, ["XLEN", inbox] as const],
    ];
    this.#context = context;
    this.#look = { watch, reads, stands: true };
    this.#closeLook = { watch, reads: [...reads, ["XRANGE", inbox, "-", "+", "COUNT", MAX_UNHEARD]] };
  }

  /** For the next write; the replies to what is read beside it. */
  async lookAhead(beside: readonly RedisCommand[]): Promise<unknown[]> {
    return await this.#context.store.lookAhead(this.#look, beside);
  }

  /** Decides again when what it has read has changed meanwhile. AppError `stale` for a run that has passed, or a lost lease. */
  async write<T>(
    { withOperator = false, signal }: FenceOptions,
    decide: (found: Found) => Decision<T>,
  ): Promise<T> {
    const { store, role, lease, message, reader } = this.#context;
    const found = ([control, time, holder, ended, ofOperator, entries]: unknown[]): Decision<T> => {
      if (holder !== lease) throw leaseLostError(role);
      const state = parseControlState(control);
      if (state?.session !== message.session || state.epoch !== message.epoch) throw runPassed();
      return decide({
        ...{ control: state, now: reader.dateFor(parseTime(time)), ended: ended as string | null },
        ofOperator: Number(ofOperator),
        fromOperator: withOperator ? ofThisRun(this.#context, entries) : [],
      });
    };
    const look = withOperator ? this.#closeLook : this.#look;
    return await whenUp(() => store.transact(look, found), { signal });
  }
}

function ofThisRun({ reader, message, role }: JournalContext, entries: unknown): Message[] {
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
