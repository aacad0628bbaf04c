/**
 * The journal of one turn in Redis. Each write is one transaction that watches the lease and control, so a
 * replica that was frozen, or a run that was stopped, cannot write.
 */

import { AppError } from "../base/errors.ts";
import type { Message } from "../protocol/message.ts";
import type { Redacted } from "../redact/redacted.ts";
import {
  type CutOptions,
  type Draft,
  type FinishOptions,
  leaseLostError,
  type TurnJournal,
  type TurnStatus,
  type WaitOptions,
} from "./bus.ts";
import { fenced, type JournalContext, whenUp } from "./redis-fence.ts";
import {
  buryCommands,
  leaseKey,
  parseControlState,
  parseTime,
  READ_CONTROL,
  READ_TIME,
  toMessage,
  turnKey,
} from "./redis-schema.ts";
import type { RedisCommand } from "./redis-store.ts";

type EndOptions = { also?: readonly Message[]; fields?: readonly string[] };

export class RedisJournal implements TurnJournal {
  readonly #context: JournalContext;
  readonly #key: string;

  constructor(context: JournalContext) {
    this.#context = context;
    this.#key = turnKey(context.role, context.message.id);
  }

  async read(options: WaitOptions): Promise<ReadonlyMap<string, string>> {
    const reply = await whenUp(() => this.#context.store.command(["HGETALL", this.#key]), options);
    return toMap(reply);
  }

  async record(entries: Readonly<Record<string, string>>, options: WaitOptions): Promise<void> {
    const fields = Object.entries(entries).flat();
    await fenced(this.#context, options, ({ ended }) => {
      if (ended) throw new AppError("stale", "this turn has ended already");
      return { result: undefined, write: [["HSET", this.#key, ...fields]] };
    });
  }

  async finish(
    status: TurnStatus,
    reply: Draft | undefined,
    { signal, entries = {}, also = [], fact, unlessOperatorSpoke = false }: FinishOptions,
  ): Promise<Message | undefined> {
    const { say, reader, message: asked, onFinished } = this.#context;
    const known = new Set([asked, ...also].map(({ id }) => id));
    const { said, told } = await fenced(
      this.#context,
      { signal, reply, operator: unlessOperatorSpoke },
      ({ control, ended, sent, now, unheard }) => {
        if (ended) return { result: { said: sent ? reader.read(sent) : undefined, told: undefined } };
        if (unheard.some(({ id }) => !known.has(id))) throw operatorSpoke();
        const told = fact && toMessage(fact, control, now);
        const said = reply && toMessage(reply, control, now);
        const fields = [...(said ? ["reply", said.id] : []), ...Object.entries(entries).flat()];
        const words = [told, said].flatMap((each) => (each ? say(each) : []));
        return { result: { said, told }, write: [...words, ...this.#end(status, { also, fields })] };
      },
    );
    onFinished(
      [asked, ...also],
      [told, said].filter((each) => each !== undefined),
    );
    return said;
  }

  async cancel(cause: Redacted, options: CutOptions): Promise<void> {
    await this.#giveUp(this.#end("cancelled", { fields: ["cause", cause] }), options);
  }

  async bury(cause: Redacted, options: CutOptions): Promise<void> {
    const { role, message } = this.#context;
    await this.#giveUp(
      [...buryCommands(role, message, cause), ...this.#end("dead", { fields: ["cause", cause] })],
      options,
    );
  }

  /** Also allowed when the run has passed, for whoever holds the lease. */
  async #giveUp(write: RedisCommand[], { signal, fact }: CutOptions): Promise<void> {
    const { store, role, lease, say, message, onFinished } = this.#context;
    const reads: RedisCommand[] = [
      ["GET", leaseKey(role)],
      ["HGET", this.#key, "status"],
      READ_CONTROL,
      READ_TIME,
    ];
    const told = await whenUp(
      () =>
        store.transact([leaseKey(role), this.#key], reads, ([holder, status, control, time]) => {
          if (holder !== lease) throw leaseLostError(role);
          if (status) return { result: undefined };
          const now = parseControlState(control);
          const told = fact && now && toMessage(fact, now, parseTime(time));
          return { result: told, write: [...(told ? say(told) : []), ...write] };
        }),
      { signal },
    );
    onFinished([message], told ? [told] : []);
  }

  /** The turn about the message, and those about the messages that it answered as well. */
  #end(status: TurnStatus, { also = [], fields = [] }: EndOptions): RedisCommand[] {
    const { role, message, keepMs, acknowledge } = this.#context;
    const endedAt = new Date().toISOString();
    const ends = (key: string, more: readonly string[]): RedisCommand[] => [
      ["HSET", key, "status", status, "endedAt", endedAt, ...more],
      ["PEXPIRE", key, Math.floor(keepMs)],
    ];
    return [
      ...ends(this.#key, fields),
      ...acknowledge(message),
      ...also.flatMap((each) => [
        ...ends(turnKey(role, each.id), ["within", message.id]),
        ...acknowledge(each),
      ]),
    ];
  }
}

/** The model is asked again, with what he said. */
export function operatorSpoke(): AppError {
  return new AppError("conflict", "the operator has said something that this reply was made without");
}

/** HGETALL is a flat list of names and values. */
function toMap(reply: unknown): Map<string, string> {
  const flat = reply as string[];
  const map = new Map<string, string>();
  for (let index = 0; index + 1 < flat.length; index += 2)
    map.set(String(flat[index]), String(flat[index + 1]));
  return map;
}
