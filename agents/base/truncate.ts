/** Long output: the model gets head and tail and the name of the file that has all of it. */
import { thousands } from "./thousands.ts";

/** Where full outputs go: a folder under /app/docs that the model can read with read_file. */
export type Artifacts = {
  /** Real folder, and the same folder as the model sees it. */
  directory: string;
  visibleDirectory: string;
};

/** The most that a model gets of one stream. */
export const MODEL_BYTES = 16_384;
/** What is kept of a stream in memory: this much of its head and as much of its tail. */
export const KEPT_BYTES = 24_576;
/** The most that is written of one stream to its file. */
export const FILE_BYTES = 50 * 1024 * 1024;

const HEAD_SHARE = 0.6;
/** A line border is preferred when it costs at most this share of what could be shown. */
const BORDER_SHARE = 0.25;
const NEWLINE = 0x0a;

export type Cut = { text: string; truncated: boolean };

/**
 * Head (60 %) and tail of a text, cut at line borders where one is near, never inside a character.
 * `maxBytes` counts the kept text without the line in between. `totalBytes` is the size before any earlier
 * cut; `fullText` names the file with everything, as the reader sees it.
 */
export function cutMiddle(
  text: string,
  options: { maxBytes?: number; totalBytes?: number; fullText?: string | null } = {},
): Cut {
  const maxBytes = options.maxBytes ?? MODEL_BYTES;
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return { text, truncated: false };
  const headBytes = Math.floor(maxBytes * HEAD_SHARE);
  const head = headOf(bytes, headBytes);
  const tail = tailOf(bytes, maxBytes - headBytes);
  const total = Math.max(options.totalBytes ?? 0, bytes.length);
  return { text: joinCut(head, tail, { totalBytes: total, fullText: options.fullText }), truncated: true };
}

/** Head and tail with the line that says what is missing and where to read it. */
export function joinCut(
  head: Buffer,
  tail: Buffer,
  { totalBytes, fullText }: { totalBytes: number; fullText?: string | null | undefined },
): string {
  const cut = thousands(totalBytes - head.length - tail.length);
  const extent = totalBytes > FILE_BYTES ? `the first ${FILE_BYTES / 1024 / 1024} MB of it` : "all of it";
  const where = fullText ? `; ${extent}: ${fullText}` : "";
  const border = head.length === 0 || head.at(-1) === NEWLINE ? "" : "\n";
  return `${head.toString()}${border}[... ${cut} bytes cut${where} ...]\n${tail.toString()}`;
}

/** At most `size` bytes from the start: whole lines when that costs little, whole characters always. */
export function headOf(bytes: Buffer, size: number): Buffer {
  if (bytes.length <= size) return bytes;
  const newline = bytes.lastIndexOf(NEWLINE, size - 1);
  if (newline >= size * (1 - BORDER_SHARE)) return bytes.subarray(0, newline + 1);
  let end = size;
  while (end > 0 && isContinuation(bytes[end])) end--;
  return bytes.subarray(0, end);
}

/** At most `size` bytes from the end: whole lines when that costs little, whole characters always. */
export function tailOf(bytes: Buffer, size: number): Buffer {
  if (bytes.length <= size) return bytes;
  let start = bytes.length - size;
  const newline = bytes.indexOf(NEWLINE, start - 1);
  if (newline !== -1 && newline < start + size * BORDER_SHARE) return bytes.subarray(newline + 1);
  while (start < bytes.length && isContinuation(bytes[start])) start++;
  return bytes.subarray(start);
}

/** A byte inside a UTF-8 character, not its first. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
