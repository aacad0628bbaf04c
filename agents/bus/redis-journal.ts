/**
 * The journal of one turn in Redis. Each write is one transaction that watches the lease and control, so a
 * replica that was frozen, or a run that was stopped, cannot write.
 */

import { AppError } from "../base/errors.ts";
import type { Message } from "../protocol/message.ts";
import { OPERATOR } from "../protocol/roles.ts";
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
import { DONE, type Entries, MISSION } from "./journal-keys.ts";
import type { RedisCommand } from "./look.ts";
import { Fence, type JournalContext, whenUp } from "./redis-fence.ts";
import { ledgerCommands } from "./redis-ledger.ts";
import {
  buryCommands,
  leaseKey,
  parseControlState,
  parseTime,
  READ_CONTROL,
  READ_TIME,
  sentKey,
  toMessage,
  turnKey,
} from "./redis-schema.ts";
import { threadCommands, toMap } from "./redis-thread.ts";
import { TurnMission } from "./turn-mission.ts";

type Attempt = "ended" | "look closer" | { said: Message | undefined; told: Message | undefined };
type EndOptions = { also?: readonly Message[]; fields?: readonly string[] };

export class RedisJournal implements TurnJournal {
  readonly #context: JournalContext;
  readonly #fence: Fence;
  readonly #key: string;
  readonly #mission: TurnMission;

  constructor(context: JournalContext) {
    this.#context = context;
    this.#fence = new Fence(context);
    this.#mission = new TurnMission(context);
    this.#key = turnKey(context.role, context.message.id);
  }

  async read(options: WaitOptions): Promise<ReadonlyMap<string, string>> {
    const [entries] = await whenUp(() => this.#fence.lookAhead([["HGETALL", this.#key]]), options);
    const known = toMap(entries);
    this.#mission.learn(known.get(MISSION));
    return known;
  }

  async record(entries: Readonly<Record<string, string>>, options: WaitOptions): Promise<void> {
    const fields = Object.entries(entries).flat();
    await this.#fence.write(options, ({ ended, now }) => {
      if (ended) throw new AppError("stale", "this turn has ended already");
      const write: RedisCommand[] = [["HSET", this.#key, ...fields], ...this.#beside(entries, now)];
      return { result: undefined, write };
    });
  }

  /** What of the entries stands in other records of the role as well. */
  #beside(entries: Entries, now: Date): RedisCommand[] {
    return [...this.#kept(entries), ...this.#mission.commands(entries, now)];
  }

  /** Of a turn that was cut off as well. */
  #kept(entries: Entries): RedisCommand[] {
    return [...ledgerCommands(this.#context, entries), ...threadCommands(this.#context, entries)];
  }

  async finish(
    status: TurnStatus,
    reply: Draft | undefined,
    { signal, entries = {}, also = [], fact, unlessOperatorSpoke = false }: FinishOptions,
  ): Promise<Message | undefined> {
    const { say, message: asked, onFinished } = this.#context;
    const answered = [asked, ...also];
    const known = new Set(answered.map(({ id }) => id));
    const heard = answered.filter(({ sender }) => sender === OPERATOR).length;
    const attempt = (withOperator: boolean) =>
      this.#fence.write<Attempt>(
        { signal, withOperator },
        ({ control, ended, now, ofOperator, fromOperator }) => {
          if (ended) return { result: "ended" };
          if (unlessOperatorSpoke && !withOperator && ofOperator !== heard) return { result: "look closer" };
          if (fromOperator.some(({ id }) => !known.has(id))) throw operatorSpoke();
          const told = fact && toMessage(fact, control, now);
          const said = reply && toMessage(reply, control, now);
          const fields = [...(said ? ["reply", said.id] : []), ...Object.entries(entries).flat()];
          const words = [told, said].flatMap((each) => (each ? say(each) : []));
          const done = entries[DONE] === undefined ? [] : this.#mission.done(now);
          return {
            result: { said, told },
            write: [...words, ...this.#beside(entries, now), ...this.#end(status, { also, fields }), ...done],
          };
        },
      );
    let outcome = await attempt(false);
    if (outcome === "look closer") outcome = await attempt(true);
    const { said, told } =
      typeof outcome === "string"
        ? { said: await this.#saidBefore(reply, signal), told: undefined }
        : outcome;
    onFinished(
      answered,
      [told, said].filter((each) => each !== undefined),
    );
    return said;
  }

  async #saidBefore(reply: Draft | undefined, signal: AbortSignal): Promise<Message | undefined> {
    const { store, role, reader } = this.#context;
    if (!reply) return undefined;
    const sent = await whenUp(() => store.command(["GET", sentKey(role, reply.id)]), { signal });
    return typeof sent === "string" ? reader.read(sent) : undefined;
  }

  async cancel(cause: Redacted, options: CutOptions): Promise<void> {
    await this.#giveUp(this.#end("cancelled", { fields: causeFields(cause, options) }), options);
  }

  async bury(cause: Redacted, options: CutOptions): Promise<void> {
    const { role, message } = this.#context;
    await this.#giveUp(
      [...buryCommands(role, message, cause), ...this.#end("dead", { fields: causeFields(cause, options) })],
      options,
    );
  }

  /** Also allowed when the run has passed, for whoever holds the lease. */
  async #giveUp(write: RedisCommand[], { signal, fact, entries = {} }: CutOptions): Promise<void> {
    const { store, role, lease, say, message, onFinished } = this.#context;
    const reads: RedisCommand[] = [
      ["GET", leaseKey(role)],
      ["HGET", this.#key, "status"],
      READ_CONTROL,
      READ_TIME,
    ];
    const look = { watch: [leaseKey(role), this.#key], reads };
    const told = await whenUp(
      () =>
        store.transact(look, ([holder, status, control, time]) => {
          if (holder !== lease) throw leaseLostError(role);
          if (status) return { result: undefined };
          const now = parseControlState(control);
          const told = fact && now && toMessage(fact, now, parseTime(time));
          const words = told ? say(told) : [];
          return { result: told, write: [...words, ...write, ...this.#kept(entries)] };
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
      ...this.#mission.left(),
      ...acknowledge(message),
      ...also.flatMap((each) => [
        ...ends(turnKey(role, each.id), ["within", message.id]),
        ...acknowledge(each),
      ]),
    ];
  }
}

function causeFields(cause: Redacted, { entries = {} }: CutOptions): string[] {
  return ["cause", cause, ...Object.entries(entries).flat()];
}

/** The model is asked again, with what he said. */
export function operatorSpoke(): AppError {
  return new AppError("conflict", "the operator has said something that this reply was made without");
}
