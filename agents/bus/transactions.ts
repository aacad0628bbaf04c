/**
 * Optimistic transactions, one at a time on a connection: look at what is there, decide, write if nothing of it has
 * changed. Look and write are two round trips, and one where the look was taken together with what went before.
 */
import { AppError } from "../base/errors.ts";
import type { Decide, Decision, Look, RedisCommand } from "./look.ts";
import { asAppError } from "./redis-replies.ts";
import { StandingLook } from "./standing-look.ts";

/** Repetitions of a transaction that others keep overtaking. */
const MAX_RACES = 50;
const MULTI: RedisCommand = ["MULTI"];
const EXEC: RedisCommand = ["EXEC"];
/** Before a look that no EXEC precedes: what changed under an earlier one would fail this one's write. */
const UNWATCH: RedisCommand = ["UNWATCH"];

export class Transactions {
  /** In one go, on one connection; rejects with the error of any of them. */
  readonly #send: (commands: readonly RedisCommand[]) => Promise<unknown[]>;
  /** Another number for each connection. */
  readonly #connection: () => number;
  readonly #standing = new StandingLook();
  #lane: Promise<unknown> = Promise.resolve();

  constructor(send: (commands: readonly RedisCommand[]) => Promise<unknown[]>, connection: () => number) {
    this.#send = send;
    this.#connection = connection;
  }

  async run<T>(look: Look, decide: Decide<T>): Promise<T> {
    return await this.#inTurn(async () => {
      const early = await this.#attemptEarly(look, decide);
      if (early !== undefined) return early.result;
      for (let race = 0; race < MAX_RACES; race++) {
        const done = await this.#attempt(look, decide);
        if (done !== undefined) return done.result;
      }
      throw new AppError("unavailable", "Redis: others kept changing the same records");
    });
  }

  async lookAhead(look: Look, beside: readonly RedisCommand[]): Promise<unknown[]> {
    return await this.#inTurn(async () => {
      const replies = await this.#sendAndKeep(look, [UNWATCH, ...commandsOf(look), ...beside], 1);
      return replies.slice(2 + look.reads.length);
    });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#lane.then(work);
    this.#lane = mine.catch(() => {}); // the failure belongs to the caller, not to the next in line
    return await mine;
  }

  /** With what was looked at beforehand; undefined where that decides nothing: a refusal needs a fresh look. */
  async #attemptEarly<T>(look: Look, decide: Decide<T>): Promise<{ result: T } | undefined> {
    const replies = this.#standing.take(look, this.#connection());
    if (replies === undefined) return undefined;
    let decision: Decision<T>;
    try {
      decision = decide(replies);
    } catch {
      return undefined; // decided again, on what is there now
    }
    const isWritten = decision.write && (await this.#write(decision.write, look));
    return isWritten ? { result: decision.result } : undefined;
  }

  async #attempt<T>(look: Look, decide: Decide<T>): Promise<{ result: T } | undefined> {
    this.#standing.drop();
    const decision = decide((await this.#send([UNWATCH, ...commandsOf(look)])).slice(2));
    if (decision.write === undefined) {
      await this.#send([UNWATCH]);
      return { result: decision.result };
    }
    return (await this.#write(decision.write, look)) ? { result: decision.result } : undefined;
  }

  /** False when something that was watched has changed: nothing is written then. */
  async #write(write: readonly RedisCommand[], look: Look): Promise<boolean> {
    const commands = [MULTI, ...write, EXEC];
    const replies = look.stands
      ? await this.#sendAndKeep(look, [...commands, ...commandsOf(look)], commands.length)
      : await this.#send(commands);
    const written = replies[commands.length - 1] as unknown[] | null;
    const error = written?.find((reply) => reply instanceof Error);
    if (error) throw asAppError(error);
    return written !== null;
  }

  /** What is looked at begins at `from`. */
  async #sendAndKeep(look: Look, commands: readonly RedisCommand[], from: number): Promise<unknown[]> {
    const [connection, askedMs] = [this.#connection(), performance.now()];
    const replies = await this.#send(commands);
    const seen = replies.slice(from + 1, from + 1 + look.reads.length);
    this.#standing.keep(look, { replies: seen, connection, askedMs });
    return replies;
  }
}

function commandsOf({ watch, reads }: Look): RedisCommand[] {
  return [["WATCH", ...watch], ...reads];
}
