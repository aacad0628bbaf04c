/** A turn's journal as the turn uses it: what was stored before, and notes that are written together. */
import { AppError, isAppError } from "../base/errors.ts";
import type { TurnJournal } from "../bus/bus.ts";
import { parseJson } from "../protocol/message.ts";
import type { Clean } from "../redact/redacted.ts";

const LAST_WRITE_MS = 2_000;

export class JournalWriter {
  readonly #journal: TurnJournal;
  readonly #stored: ReadonlyMap<string, string>;
  readonly #all: Map<string, string>;
  /** What the journal holds now. */
  readonly #written: Map<string, string>;
  #notes: Record<string, string> = {};

  /** `stored` is what the journal holds already. */
  constructor(journal: TurnJournal, stored: ReadonlyMap<string, string>) {
    this.#journal = journal;
    this.#stored = stored;
    this.#all = new Map(stored);
    this.#written = new Map(stored);
  }

  /** What was stored before and all that was noted since; an intention from when it is written, for nothing is begun before. */
  get all(): ReadonlyMap<string, string> {
    return this.#all;
  }

  /** What is known, and could not be written or was not yet: for the transaction that cuts the turn off. */
  get unwritten(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#all].filter(([key, json]) => this.#written.get(key) !== json));
  }

  /** What an earlier run of this turn recorded; written by this program alone, so its shape is trusted. */
  stored(key: string): unknown {
    const json = this.#stored.get(key);
    if (json === undefined) return undefined;
    const value = parseJson(json);
    if (value === undefined) throw new AppError("bad_config", `the journal entry ${key} cannot be read`);
    return value;
  }

  note<Value>(key: string, value: Value & Clean<Value>): void {
    this.noteAll({ [key]: JSON.stringify(value) });
  }

  /** Notes that were taken, and not written after all. */
  noteAll(notes: Readonly<Record<string, string>>): void {
    for (const [key, json] of Object.entries(notes)) {
      this.#notes[key] = json;
      if (!key.startsWith("intent:")) this.#all.set(key, json);
    }
  }

  /**
   * What is known at the end of a call. When the turn is interrupted it is for whoever resumes it, and this rejects with
   * the signal's reason; after STOP and after a takeover the write is refused, as it should be; without Redis there is
   * nobody to tell.
   */
  async flushOutcome(signal: AbortSignal): Promise<void> {
    if (!signal.aborted) return await this.flush(signal);
    try {
      await this.flush(AbortSignal.timeout(LAST_WRITE_MS));
    } catch (error) {
      if (!isAppError(error) && !(error instanceof DOMException)) throw error;
    }
    throw signal.reason;
  }

  /** What was noted and not yet written: for the transaction that ends the turn. */
  takeNotes(): Record<string, string> {
    const notes = this.#notes;
    this.#notes = {};
    return notes;
  }

  /** Nothing may be done that was noted as intended before this has returned. */
  async flush(signal: AbortSignal): Promise<void> {
    const notes = this.takeNotes();
    if (Object.keys(notes).length > 0) await this.#journal.record(notes, { signal });
    for (const [key, json] of Object.entries(notes)) {
      this.#all.set(key, json);
      this.#written.set(key, json);
    }
  }
}
