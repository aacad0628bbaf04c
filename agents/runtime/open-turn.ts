/**
 * A turn that has begun, on the side of the bus: which messages it answers, what of it is in the journal, and its end.
 * What joins it is in the journal before a model reads it, so that a resumed turn hears the same at the same place.
 */
import { isAppError } from "../base/errors.ts";
import type { Delivery, Draft, TurnJournal } from "../bus/bus.ts";
import type { Message } from "../protocol/message.ts";
import type { Role } from "../protocol/roles.ts";
import type { Redactor } from "../redact/redact.ts";
import { ours, type Redacted, redacted } from "../redact/redacted.ts";
import type { TurnEnd } from "./events.ts";
import { cutFact, unsureFact } from "./facts.ts";
import type { Inbox } from "./inbox.ts";
import { JournalWriter } from "./journal-writer.ts";

export type OpenTurnOptions = {
  role: Role;
  delivery: Delivery;
  journal: TurnJournal;
  entries: ReadonlyMap<string, string>;
  /** Undefined for a turn that is only ended: nothing joins it. */
  inbox?: Inbox;
  redactor: Redactor;
};

/** What a turn says, and what stands before it as a fact. */
export type Reply = { reply?: Draft; fact?: Draft };

export type FinishParts = {
  replyOf: (end: TurnEnd) => Reply;
  /** An attempt that fails is an end as well. */
  orFailure: (attempt: () => Promise<TurnEnd>) => Promise<TurnEnd>;
  signal: AbortSignal;
};

/** The entry that names what waited when the turn began; what the operator said before a step is `heard:<step>`. */
const ALSO = "also";

export class OpenTurn {
  readonly delivery: Delivery;
  readonly message: Message;
  readonly journal: JournalWriter;
  /** What waited when it began: its reply answers these too. */
  readonly also: readonly Message[];
  readonly #options: OpenTurnOptions;
  readonly #heard: Message[] = [];

  constructor(options: OpenTurnOptions) {
    this.#options = options;
    this.delivery = options.delivery;
    this.message = options.delivery.message;
    this.journal = new JournalWriter(options.journal, options.entries);
    this.also = this.#joinAtBegin();
  }

  /** All that the reply answers. */
  get answered(): Message[] {
    return [this.message, ...this.also, ...this.#heard];
  }

  /** What the operator said before this step, and nobody has told the model. */
  readonly hear = (step: number): Message[] => {
    const { inbox, entries } = this.#options;
    const key = `heard:${step}`;
    const stored = this.#stored(key);
    if (stored) inbox?.joinAgain(stored);
    if (!stored && entries.has(`reply:${step}`)) return []; // it was made without
    const heard = stored ?? inbox?.joinOperator().map(({ message }) => message) ?? [];
    if (!stored && heard.length > 0) this.journal.note(key, heard.map(kept));
    this.#heard.push(...heard);
    return heard;
  };

  /**
   * Say it and end the turn, in one transaction. While the operator has said something that the reply was made without,
   * the model is asked again (`end.again`), if it may be.
   */
  async finish(first: TurnEnd, { replyOf, orFailure, signal }: FinishParts): Promise<TurnEnd> {
    const { journal, inbox } = this.#options;
    for (let end = first; ; ) {
      const { status, again, entries = this.journal.unwritten } = end;
      const { reply, fact = this.#factOf(end) } = replyOf(end);
      const [, ...also] = this.answered;
      const options = {
        signal,
        entries: { ...entries, ...end.closing },
        also,
        fact,
        unlessOperatorSpoke: again !== undefined,
      };
      try {
        await journal.finish(status, reply, options);
        return end;
      } catch (error) {
        if (!again || !isAppError(error, "conflict")) throw error;
      }
      if (!(await inbox?.news(signal))) continue; // it is in Redis, and not here yet
      this.journal.noteAll(entries);
      end = await orFailure(again);
    }
  }

  /** Of a message whose turn had not begun there is nothing to say. */
  async cancel(cause: Redacted, signal: AbortSignal): Promise<void> {
    const hasBegun = this.#options.inbox !== undefined || this.#options.entries.size > 0;
    const fact = hasBegun ? this.#cut("cancelled", cause) : undefined;
    await this.#options.journal.cancel(cause, { signal, fact, entries: this.journal.unwritten });
  }

  async bury(cause: Redacted, signal: AbortSignal): Promise<void> {
    const fact = this.#cut("dead", cause);
    await this.#options.journal.bury(cause, { signal, fact, entries: this.journal.unwritten });
  }

  #factOf({ status, cause }: TurnEnd): Draft | undefined {
    if (status === "failed") return this.#cut(status, cause ?? redacted`it could not go on`);
    return unsureFact({ ...this.#options, message: this.message, entries: this.journal.all });
  }

  #cut(status: "cancelled" | "dead" | "failed", cause: Redacted): Draft {
    return cutFact({ ...this.#options, message: this.message, entries: this.journal.all }, status, cause);
  }

  /** As the journal has it, once the model was asked; before that whatever waits now. */
  #joinAtBegin(): Message[] {
    const { entries, inbox } = this.#options;
    const stored = this.#stored(ALSO);
    if (!inbox) return [];
    if (stored) inbox.joinAgain(stored);
    if (stored || entries.has("reply:1")) return stored ?? [];
    const waiting = inbox.joinWaiting().map(({ message }) => message);
    if (waiting.length > 0) this.journal.note(ALSO, waiting.map(kept));
    return waiting;
  }

  /** The journal may have been written before a secret was known. */
  #stored(key: string): Message[] | undefined {
    const messages = this.journal.stored(key) as Message[] | undefined;
    const { redactor } = this.#options;
    return messages?.map((message) => ({ ...message, content: redactor(message.content) }));
  }
}

/** As the journal keeps it: ids, times and sessions are checked shapes. */
function kept({ id, timestamp, session, fact: _, ...message }: Message) {
  return { ...message, id: ours(id), timestamp: ours(timestamp), session: ours(session) };
}
