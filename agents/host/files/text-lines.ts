/** One page of a text, by line numbers, from a stream of any length. */
import type { Readable } from "node:stream";
import { AppError } from "../../base/errors.ts";
import { headOf } from "../../base/truncate.ts";
import { type Redactor, withoutSpans } from "../../redact/redact.ts";
import type { Redacted } from "../../redact/redacted.ts";

export type TextLines = {
  text: Redacted;
  /** Numbers of the first and the last line shown, from 1; `to` is below `from` when nothing is. */
  from: number;
  to: number;
  totalLines: number;
  /** The single line of this page is longer than a page: its end is missing, with what might be the rest of a secret. */
  isLineCut: boolean;
};

const NEWLINE = 0x0a;
/** A text has no NUL; what is no text shows one early. */
const BINARY_PROBE_BYTES = 8_192;
/** Read beyond a page, to see a secret that lies across its end. */
const MARGIN_BYTES = 8_192;

export type LinesRequest = { offset: number; limit: number; maxBytes: number; redactor: Redactor };

/** `offset` is the first line, from 1. AppError `not_allowed` for what is no text. */
export async function readLines(
  stream: Readable,
  { offset, limit, maxBytes, redactor }: LinesRequest,
): Promise<TextLines> {
  const window: Buffer[] = [];
  let [line, windowBytes, totalBytes, isAtLineStart] = [1, 0, 0, true];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (totalBytes < BINARY_PROBE_BYTES && chunk.includes(0))
      throw new AppError("not_allowed", "It is not a text.");
    totalBytes += chunk.length;
    for (const piece of piecesOf(chunk)) {
      if (line >= offset && line < offset + limit && windowBytes <= maxBytes + MARGIN_BYTES) {
        window.push(piece);
        windowBytes += piece.length;
      }
      isAtLineStart = piece.at(-1) === NEWLINE;
      if (isAtLineStart) line++;
    }
  }
  const totalLines = isAtLineStart ? line - 1 : line;
  return linesOf(Buffer.concat(window), { offset, maxBytes, redactor, totalLines });
}

/** The chunk, divided after each newline. */
function* piecesOf(chunk: Buffer): Generator<Buffer> {
  for (let start = 0; start < chunk.length; ) {
    const newline = chunk.indexOf(NEWLINE, start);
    const end = newline === -1 ? chunk.length : newline + 1;
    yield chunk.subarray(start, end);
    start = end;
  }
}

type About = Omit<LinesRequest, "limit"> & { totalLines: number };

function linesOf(window: Buffer, { offset, maxBytes, redactor, totalLines }: About): TextLines {
  const lastBorder = window.lastIndexOf(NEWLINE, maxBytes - 1);
  const isLineCut = window.length > maxBytes && lastBorder === -1;
  const whole = window.length > maxBytes && lastBorder !== -1 ? window.subarray(0, lastBorder + 1) : window;
  const raw = whole.toString(); // its lines count: a secret may have been several
  const text = isLineCut ? beginning(whole, maxBytes, redactor) : redactor(raw);
  const lines = raw === "" ? 0 : raw.split("\n").length - (raw.endsWith("\n") ? 1 : 0);
  return { text, from: offset, to: offset + lines - 1, totalLines, isLineCut };
}

function beginning(line: Buffer, maxBytes: number, redactor: Redactor): Redacted {
  const head = headOf(line, maxBytes).toString();
  const spans = redactor.find(line.toString());
  const across = spans.find(({ start, end }) => start < head.length && end > head.length);
  return withoutSpans(
    head.slice(0, across?.start),
    spans.filter(({ end }) => end <= head.length),
  );
}
