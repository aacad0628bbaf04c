/** Redacts a text that comes in parts, however it is divided: nothing is given out before it is sure what it belongs to. */
import { setImmediate as nextRound } from "node:timers/promises";
import { type Redactor, withoutSpans } from "./redact.ts";
import type { Span } from "./redact-scan.ts";
import { joinRedacted, type Redacted, redacted } from "./redacted.ts";

/** Longer than any form of a known value (in pieces of 255 characters at most) and than a private key. */
const MARGIN_CHARS = 8_192;
/** Searched at once; each part is searched with a margin of its neighbours. */
const BLOCK_CHARS = 131_072;
/** What was given out already, for secrets that are known by the word before them. */
const CONTEXT_CHARS = 256;

export class RedactingStream {
  readonly #redactor: Redactor;
  #context = "";
  #pending = "";

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** What may be given out by now, often nothing. */
  write(text: string): Redacted {
    this.#pending += text;
    return this.#pending.length < BLOCK_CHARS ? redacted`` : this.#give(this.#pending.length - MARGIN_CHARS);
  }

  /** The rest. */
  end(): Redacted {
    return this.#give(this.#pending.length);
  }

  /** The rest of a text that breaks off here: what might be the beginning of a secret is left out. */
  breakOff(): Redacted {
    const clean = this.#give(Math.max(0, this.#pending.length - MARGIN_CHARS));
    this.#pending = "";
    return clean;
  }

  /** Up to `limit` of what is pending, or up to the secret that lies across it. */
  #give(limit: number): Redacted {
    const before = this.#context.length;
    const spans = this.#redactor.find(this.#context + this.#pending).flatMap((span) => after(span, before));
    const across = spans.find(({ start, end }) => start < limit && end > limit);
    const at = across ? across.start || across.end : limit;
    const clean = withoutSpans(
      this.#pending.slice(0, at),
      spans.filter(({ end }) => end <= at),
    );
    this.#context = (this.#context + this.#pending.slice(0, at)).slice(-CONTEXT_CHARS);
    this.#pending = this.#pending.slice(at);
    return clean;
  }
}

/** A long text, block by block, and the event loop in between: nobody waits for all of it. */
export async function redactInBlocks(redactor: Redactor, text: string): Promise<Redacted> {
  const stream = new RedactingStream(redactor);
  const clean: Redacted[] = [];
  for (let at = 0; at < text.length; at += BLOCK_CHARS) {
    clean.push(stream.write(text.slice(at, at + BLOCK_CHARS)));
    await nextRound();
  }
  return joinRedacted([...clean, stream.end()], "");
}

/** A text that begins somewhere in the middle: what might be the end of a secret is left out. */
export function afterBreak(redactor: Redactor, text: string): Redacted {
  const across = redactor.find(text).find(({ start, end }) => start < MARGIN_CHARS && end > MARGIN_CHARS);
  return redactor(text.slice(across?.end ?? MARGIN_CHARS));
}

/** Counted from `offset` on; nothing when it lies before. */
function after({ start, end }: Span, offset: number): Span[] {
  return end <= offset ? [] : [{ start: Math.max(0, start - offset), end: end - offset }];
}
