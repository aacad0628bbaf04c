/**
 * Takes in the output of a process, however long: head and tail in memory, all of it in a file. It is redacted before
 * anything else, so that no cut can divide a secret, and read no faster than the file takes it: memory is bounded.
 */
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { describeError } from "../../base/errors.ts";
import { FILE_BYTES, headOf, joinCut, KEPT_BYTES, MODEL_BYTES, tailOf } from "../../base/truncate.ts";
import type { Redactor } from "../../redact/redact.ts";
import { afterBreak, RedactingStream } from "../../redact/redact-stream.ts";
import { fromRedactedParts, joinRedacted, type Redacted, redacted } from "../../redact/redacted.ts";
import type { CapturedOutput } from "./command.ts";
import { Spool } from "./spool.ts";

export type CaptureOptions = {
  /** Real path for the full output; made only when it is more than a model gets to read. */
  file: string;
  redactor: Redactor;
  /** What is not in the stream: how long the output was in all, and its last bytes. */
  dropped?: { totalBytes: number; tail: Buffer };
};

export const NO_OUTPUT: CapturedOutput = { text: redacted``, totalBytes: 0, truncated: false, file: null };

/**
 * Read a stream to its end, or until it is destroyed. Never rejects for the stream's sake. A file that cannot
 * be written is said in the text, and the reading goes on.
 */
export async function capture(
  stream: Readable | Iterable<Buffer>,
  options: CaptureOptions,
): Promise<CapturedOutput> {
  const output = new Output(options);
  const decoder = new StringDecoder("utf8");
  const clean = new RedactingStream(options.redactor);
  const take = (chunk: Buffer) => output.push(clean.write(decoder.write(chunk)));
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      bytes += chunk.length;
      await take(Buffer.from(chunk));
    }
  } catch (error) {
    if (!("destroyed" in stream && stream.destroyed)) throw error; // destroyed: what came until then is the output
  }
  const { totalBytes, tail } = options.dropped ?? { totalBytes: bytes, tail: Buffer.alloc(0) };
  const lostBytes = totalBytes - bytes - tail.length;
  if (lostBytes > 0) {
    await output.push(clean.breakOff());
    if (bytes < FILE_BYTES) output.fail("the disk is full");
    output.skipTo(totalBytes, afterBreak(options.redactor, tail.toString()));
  } else {
    await take(tail);
    await output.push(joinRedacted([clean.write(decoder.end()), clean.end()], ""));
  }
  return await output.finish();
}

class Output {
  readonly #options: CaptureOptions;
  #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #totalBytes = 0;
  #spool: Spool | undefined;
  #failure: string | undefined;

  constructor(options: CaptureOptions) {
    this.#options = options;
  }

  async push(text: Redacted): Promise<void> {
    const chunk = Buffer.from(text);
    const isFirstTooMany = this.#totalBytes <= MODEL_BYTES && this.#totalBytes + chunk.length > MODEL_BYTES;
    if (isFirstTooMany) await this.#saving(() => this.#openSpool());
    this.#keep(chunk);
    if (this.#spool && !this.#failure) await this.#saving(() => this.#spool?.write(chunk));
  }

  async finish(): Promise<CapturedOutput> {
    const head = Buffer.concat(this.#head);
    const tail = Buffer.concat(this.#tail);
    const totalBytes = this.#totalBytes;
    await this.#saving(() => this.#spool?.close());
    const note = this.#failure ? `\n[the full output could not be saved: ${this.#failure}]` : "";
    const file = this.#failure ? null : (this.#spool?.file ?? null);
    const truncated = totalBytes > 2 * KEPT_BYTES;
    const text = truncated
      ? joinCut(headOf(head, KEPT_BYTES - 1), tailOf(tail, KEPT_BYTES), { totalBytes })
      : Buffer.concat([head, tail]).toString();
    return { text: fromRedactedParts(text + note), totalBytes, truncated, file };
  }

  /** The end of what was dropped, which is not in the file, and how much all of it was. */
  skipTo(totalBytes: number, end: Redacted): void {
    this.#tail = [];
    this.#tailBytes = 0;
    this.#keep(Buffer.from(end));
    this.#totalBytes = totalBytes;
  }

  fail(reason: string): void {
    this.#failure ??= reason;
  }

  /** What memory has so far is everything so far: it goes into the file first. */
  async #openSpool(): Promise<void> {
    this.#spool = await Spool.open(this.#options.file);
    await this.#spool.write(Buffer.concat([...this.#head, ...this.#tail]));
  }

  #keep(chunk: Buffer): void {
    this.#totalBytes += chunk.length;
    const forHead = Math.min(chunk.length, KEPT_BYTES - this.#headBytes);
    if (forHead > 0) this.#head.push(chunk.subarray(0, forHead));
    this.#headBytes += Math.max(forHead, 0);
    this.#tail.push(chunk.subarray(Math.max(forHead, 0)));
    this.#tailBytes += chunk.length - Math.max(forHead, 0);
    if (this.#tailBytes > 4 * KEPT_BYTES) this.#dropMiddle();
  }

  #dropMiddle(): void {
    this.#tail = [Buffer.from(Buffer.concat(this.#tail).subarray(-KEPT_BYTES - 1))];
    this.#tailBytes = KEPT_BYTES + 1;
  }

  async #saving(step: () => Promise<void> | undefined): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.fail(describeError(error));
    }
  }
}
