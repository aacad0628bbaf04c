/**
 * The lasting record of what the operator saw: one readable log and one of JSON lines, side by side. A disk
 * that fails is reported once and never stops the conversation.
 */
import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { Entry } from "./entry.ts";
import { renderPlain } from "./render.ts";

export type TranscriptOptions = {
  directory: string;
  startedAt: Date;
  onError: (error: Error) => void;
};

export class Transcript {
  /** The readable log. */
  readonly path: string;
  readonly #log: WriteStream;
  readonly #records: WriteStream;

  constructor({ directory, startedAt, onError }: TranscriptOptions) {
    mkdirSync(directory, { recursive: true });
    const base = join(directory, `conversation_${fileStamp(startedAt)}`);
    this.path = `${base}.log`;
    this.#log = createWriteStream(this.path, { flags: "a" });
    this.#records = createWriteStream(`${base}.jsonl`, { flags: "a" });
    let isReported = false;
    for (const stream of [this.#log, this.#records]) {
      stream.on("error", (error) => {
        if (!isReported) onError(error);
        isReported = true;
      });
    }
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

/** Local time, as in `20261122_200800`. */
function fileStamp(time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  return `${day}_${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
}
