/**
 * Takes in what others have said: the same message comes live, in the inbox and in the history of each turn, and is
 * parsed and redacted once. When the redactor has learned a secret, what was read before is read anew.
 */
import { encodeMessage, type Message, parseMessage } from "../protocol/message.ts";
import type { Redactor } from "../redact/redact.ts";

/** More than a history, in characters of JSON. */
const MAX_KEPT_CHARS = 8_000_000;
/** A clock of Redis that was read ahead may be so late; what is dated further ahead was dated by nobody of ours. */
const MAX_LATE_MS = 100;

export class MessageReader {
  readonly redactor: Redactor;
  readonly #known = new Map<string, Message>();
  #chars = 0;
  #version = 0;
  /** When the last of all was said, in milliseconds of the clock that dates messages. */
  #latestMs = 0;

  constructor(redactor: Redactor) {
    this.redactor = redactor;
  }

  /** Undefined for what is no message. */
  readonly read = (json: string): Message | undefined => {
    this.#forgetOutdated();
    const known = this.#known.get(json);
    if (known) return known;
    const message = parseMessage(json, this.redactor);
    if (message) this.#keep(json, message);
    return message;
  };

  /** What this process says itself is not read again. */
  remember(message: Message): void {
    this.#forgetOutdated();
    this.#keep(encodeMessage(message), message);
  }

  /** When what is said now is said: what answers is not dated before what it answers. */
  dateFor(now: Date): Date {
    const lateMs = this.#latestMs - now.getTime();
    return lateMs > 0 && lateMs <= MAX_LATE_MS ? new Date(this.#latestMs) : now;
  }

  #keep(json: string, message: Message): void {
    if (json.length > MAX_KEPT_CHARS || this.#known.has(json)) return;
    this.#known.set(json, message);
    this.#latestMs = Math.max(this.#latestMs, Date.parse(message.timestamp) || 0);
    this.#chars += json.length;
    for (const oldest of this.#known.keys()) {
      if (this.#chars <= MAX_KEPT_CHARS) return;
      this.#known.delete(oldest);
      this.#chars -= oldest.length;
    }
  }

  #forgetOutdated(): void {
    if (this.#version === this.redactor.version) return;
    this.#version = this.redactor.version;
    this.#known.clear();
    this.#chars = 0;
  }
}
