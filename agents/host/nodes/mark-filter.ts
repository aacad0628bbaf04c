/**
 * Takes what `launchLine` says out of standard error, wherever it stands between a command's own words: that it has
 * begun, and which of its parts have failed. What is not between two marks passes on at once, as it is.
 */
import { PassThrough, type TransformCallback } from "node:stream";

/** A part of a line that failed, unredacted: its exit code, those of its stages when it is a pipe, and its text. */
export type FailedPart = { exitCode: number; stages: string; text: string };

/** Nothing of ours is longer; a mark that is not closed within that was none. */
const MAX_SAID_BYTES = 8_192;

const MAX_PARTS = 10;

export class MarkFilter extends PassThrough {
  /** The process id of the command's shell: it has begun. */
  readonly pid: Promise<number>;
  readonly failedParts: FailedPart[] = [];
  readonly #found: (pid: number) => void;
  readonly #mark: Buffer;
  #waiting: Buffer = Buffer.alloc(0);
  #hasBegun = false;

  constructor(mark: readonly [string, string]) {
    super();
    this.#mark = Buffer.from(mark.join(""));
    const { promise, resolve } = Promise.withResolvers<number>();
    this.pid = promise;
    this.#found = resolve;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#waiting = Buffer.concat([this.#waiting, chunk]);
    while (this.#takeOne()) {} // each takes something away
    done();
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#waiting);
  }

  /** False when there is nothing more to pass on or to take out before more has come. */
  #takeOne(): boolean {
    const begin = this.#waiting.indexOf(this.#mark);
    if (begin === -1) {
      this.#pass(this.#waiting.length - this.#beginningOfMark());
      return false;
    }
    const from = begin + this.#mark.length;
    const end = this.#waiting.indexOf(this.#mark, from);
    this.#pass(begin);
    if (end === -1) {
      if (this.#waiting.length <= MAX_SAID_BYTES) return false;
      this.#pass(this.#mark.length);
      return true;
    }
    this.#hear(this.#waiting.toString("utf8", this.#mark.length, end - begin).trim());
    this.#waiting = this.#waiting.subarray(end - begin + this.#mark.length);
    return true;
  }

  #pass(bytes: number): void {
    if (bytes > 0) this.push(this.#waiting.subarray(0, bytes));
    this.#waiting = this.#waiting.subarray(bytes);
  }

  /** How many of the last bytes a mark may begin with. */
  #beginningOfMark(): number {
    for (let size = Math.min(this.#mark.length - 1, this.#waiting.length); size > 0; size--)
      if (this.#waiting.subarray(-size).equals(this.#mark.subarray(0, size))) return size;
    return 0;
  }

  #hear(said: string): void {
    const [word = "", rest = ""] = splitOnce(said, " ");
    if (word === "pid" && !this.#hasBegun) {
      this.#hasBegun = true;
      this.#found(Number.parseInt(rest, 10));
    }
    if (word !== "part" || this.failedParts.length === MAX_PARTS) return;
    const [code, others] = splitOnce(rest, ":");
    const [stages, text] = splitOnce(others, ":");
    this.failedParts.push({ exitCode: Number.parseInt(code, 10), stages, text });
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}
