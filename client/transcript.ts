/**
 * The lasting record of what the operator saw: one readable log and one of JSON lines, side by side. A disk
 * that fails is reported once and never stops the conversation. Nobody but the operator can read them.
 */
import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { Entry } from "./entry.ts";
import { renderPlain } from "./render.ts";

export class Transcript {
  /** The readable log. */
  readonly path: string;
  /** Resolves when something cannot be written, with the first reason. */
  readonly failure: Promise<Error>;
  readonly #log: WriteStream;
  readonly #records: WriteStream;

  constructor(directory: string, startedAt: Date) {
    const base = join(directory, `conversation_${fileStamp(startedAt)}`);
    this.path = `${base}.log`;
    makeDirectory(directory);
    const closed = { flags: "a", mode: 0o600 };
    this.#log = createWriteStream(this.path, closed);
    this.#records = createWriteStream(`${base}.jsonl`, closed);
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.failure = promise;
    for (const stream of [this.#log, this.#records]) stream.on("error", resolve);
  }

  record(entry: Entry): void {
    const { timestamp, speaker, style, text, facts } = entry;
    if (this.#log.writable) this.#log.write(renderPlain(entry, timestamp));
    if (!this.#records.writable) return;
    this.#records.write(`${JSON.stringify({ timestamp, speaker, style, text, ...facts })}\n`);
  }

  /** Idempotent; returns when everything is on its way to the disk. */
  async close(): Promise<void> {
    await Promise.allSettled(
      [this.#log, this.#records].map((stream) => {
        stream.end();
        return finished(stream);
      }),
    );
  }
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch {
    // told by the files, which cannot be opened then
  }
}

/** Local time, as in `20261122_200800`. */
function fileStamp(time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  return `${day}_${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
}
