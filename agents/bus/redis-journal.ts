/**
 * The journal of one turn in Redis. Each write is one transaction that watches the lease and control, so a
 * replica that was frozen, or a run that was stopped, cannot write.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { AppError, isAppError } from "../base/errors.ts";
import type { ControlState } from "../protocol/control.ts";
import type { Message } from "../protocol/message.ts";
import type { Role } from "../protocol/roles.ts";
import type { Redacted } from "../redact/redacted.ts";
import type { TurnJournal, TurnStatus } from "./bus.ts";
import { type Draft, type FinishOptions, leaseLostError, type WaitOptions } from "./bus.ts";
import type { Say } from "./decisions.ts";
import type { MessageReader } from "./message-reader.ts";
import {
  buryCommands,
  CONTROL_KEY,
  leaseKey,
  parseControlState,
  parseTime,
  READ_CONTROL,
  READ_TIME,
  sentKey,
  toMessage,
  turnKey,
} from "./redis-schema.ts";
import type { Decision, RedisCommand, RedisStore } from "./redis-store.ts";

const RETRY_MS = 200;

type JournalContext = {
  store: RedisStore;
  role: Role;
  message: Message;
  /** What the lease must say for this writer. */
  lease: string;
  say: Say;
  /** Journals outlive their session for those who look back. */
  keepMs: number;
  reader: MessageReader;
  /** Take the message out of the role's inbox. */
  acknowledge: readonly RedisCommand[];
  onFinished: (message: Message | undefined) => void;
};

/** What a write of a turn finds: the run, how the turn ended, what it said before, the time of Redis. */
type Found = { control: ControlState; ended: string | null; sent: string | null; now: Date };

export class RedisJournal implements TurnJournal {
  readonly #context: JournalContext;
  readonly #key: string;

  constructor(context: JournalContext) {
    this.#context = context;
    this.#key = turnKey(context.role, context.message.id);
  }

  async read(options: WaitOptions): Promise<ReadonlyMap<string, string>> {
    const reply = await this.#whenUp(() => this.#context.store.command(["HGETALL", this.#key]), options);
    return toMap(reply);
  }

  async record(entries: Readonly<Record<string, string>>, options: WaitOptions): Promise<void> {
    const fields = Object.entries(entries).flat();
    await this.#fenced(options, ({ ended }) => {
      if (ended) throw new AppError("stale", "this turn has ended already");
      return { result: undefined, write: [["HSET", this.#key, ...fields]] };
    });
  }

  async finish(
    status: TurnStatus,
    reply: Draft | undefined,
    { signal, entries = {} }: FinishOptions,
  ): Promise<Message | undefined> {
    const said = await this.#fenced(
      { signal },
      ({ control, ended, sent, now }) => {
        if (ended) return { result: sent ? this.#context.reader.read(sent) : undefined };
        const message = reply && toMessage(reply, control, now);
        const say = message ? this.#context.say(message) : [];
        const end = this.#end(status, [
          ...(message ? ["reply", message.id] : []),
          ...Object.entries(entries).flat(),
        ]);
        return { result: message, write: [...say, ...end] };
      },
      reply,
    );
    this.#context.onFinished(said);
    return said;
  }

  async cancel(cause: Redacted, options: WaitOptions): Promise<void> {
    await this.#giveUp(this.#end("cancelled", ["cause", cause]), options);
  }

  async bury(cause: Redacted, options: WaitOptions): Promise<void> {
    const { role, message } = this.#context;
    await this.#giveUp(
      [...buryCommands(role, message, cause), ...this.#end("dead", ["cause", cause])],
      options,
    );
  }

  /** Also allowed when the run has passed, for whoever holds the lease. */
  async #giveUp(write: RedisCommand[], options: WaitOptions): Promise<void> {
    const { store, role, lease } = this.#context;
    const reads: RedisCommand[] = [
      ["GET", leaseKey(role)],
      ["HGET", this.#key, "status"],
    ];
    await this.#whenUp(
      () =>
        store.transact([leaseKey(role), this.#key], reads, ([holder, status]) => {
          if (holder !== lease) throw leaseLostError(role);
          return status ? { result: undefined } : { result: undefined, write };
        }),
      options,
    );
    this.#context.onFinished(undefined);
  }

  #end(status: TurnStatus, fields: readonly string[]): RedisCommand[] {
    const now = new Date().toISOString();
    return [
      ["HSET", this.#key, "status", status, "endedAt", now, ...fields],
      ["PEXPIRE", this.#key, Math.floor(this.#context.keepMs)],
      ...this.#context.acknowledge,
    ];
  }

  async #fenced<T>(options: WaitOptions, decide: (found: Found) => Decision<T>, reply?: Draft): Promise<T> {
    const { store, role, lease, message } = this.#context;
    const reads: RedisCommand[] = [
      READ_CONTROL,
      READ_TIME,
      ["GET", leaseKey(role)],
      ["HGET", this.#key, "status"],
    ];
    if (reply) reads.push(["GET", sentKey(role, reply.id)]);
    return await this.#whenUp(
      () =>
        store.transact(
          [CONTROL_KEY, leaseKey(role), this.#key],
          reads,
          ([control, time, holder, ended, sent]) => {
            if (holder !== lease) throw leaseLostError(role);
            const state = parseControlState(control);
            if (state?.session !== message.session || state.epoch !== message.epoch) {
              throw new AppError("stale", "the operator stopped this run");
            }
            return decide({
              ...{ control: state, now: parseTime(time) },
              ended: ended as string | null,
              sent: (sent ?? null) as string | null,
            });
          },
        ),
      options,
    );
  }

  /** A write is repeated until Redis has answered it; each recognises its own repetition. */
  async #whenUp<T>(attempt: () => Promise<T>, { signal }: WaitOptions): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!isAppError(error, "unavailable") || signal.aborted) throw error;
        await sleep(RETRY_MS, undefined, { signal });
      }
    }
  }
}

/** HGETALL is a flat list of names and values. */
function toMap(reply: unknown): Map<string, string> {
  const flat = reply as string[];
  const map = new Map<string, string>();
  for (let index = 0; index + 1 < flat.length; index += 2)
    map.set(String(flat[index]), String(flat[index + 1]));
  return map;
}
