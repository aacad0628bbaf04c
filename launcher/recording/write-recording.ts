/** Writes a recording line by line, to a stream or to a file that is there when it is whole. */
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { encodeLine, type Line } from "./format.ts";

/** `onLine` gets the number of each line. */
export type WriteOptions = { signal: AbortSignal; onLine?: (line: number) => void };

/** For its owner alone: `file` is replaced when all has been written, and left as it was otherwise. */
export async function writeRecordingFile(
  lines: AsyncIterable<Line>,
  file: string,
  { signal, onLine }: WriteOptions,
): Promise<void> {
  const part = `${file}.${process.pid}.part`;
  try {
    await pipeline(encoded(lines, onLine), createWriteStream(part, { mode: 0o600, flags: "wx" }), { signal });
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** No faster than it is taken. The stream stays open. */
export async function writeRecording(
  lines: AsyncIterable<Line>,
  output: Writable,
  { signal, onLine }: WriteOptions,
): Promise<void> {
  await pipeline(encoded(lines, onLine), output, { signal, end: false });
}

async function* encoded(lines: AsyncIterable<Line>, onLine: WriteOptions["onLine"]): AsyncGenerator<string> {
  let count = 0;
  for await (const what of lines) {
    onLine?.(count);
    yield `${encodeLine(count++, what)}\n`;
  }
  yield `${encodeLine(count, { kind: "end", lines: count })}\n`;
}
