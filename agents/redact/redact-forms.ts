/** The forms in which programs print a value, apart from escapes (redact-views.ts): as it is, in base64, base32, hex and bits. */

import { BASE32_LETTERS, BASE64, BITS, base32, HEX, PLAIN, UNQUOTED } from "./alphabets.ts";
import { ESCAPES } from "./escapes.ts";
import { createScanner, type Scanner } from "./redact-scan.ts";
import { unescapeText } from "./redact-views.ts";

/** Shorter values would blank out ordinary words. */
const MIN_SECRET_CHARS = 6;
/** A line or a piece of a longer value; a shorter one is left to its neighbours. */
const MIN_PIECE_CHARS = 16;
/** A longer value is found piece by piece, so that no form of a piece is longer than what a stream holds back. */
const PIECE_CHARS = 128;
/** Long enough to be found with line breaks in it without meeting ordinary words. */
const MIN_TOKEN_CHARS = 20;

/** Escapes within a secret's own text. */
const MAX_UNESCAPED = 3;

/** `longest`: how many characters the longest piece of a value has that is looked for. */
export type Forms = { scanners: readonly Scanner[]; longest: number };

/** Blanks, duplicates and very short values are ignored. */
export function formsOf(secrets: Iterable<string>): Forms {
  const pieces = [...new Set([...secrets].flatMap(piecesOf))];
  return { scanners: scannersFor(pieces), longest: Math.max(0, ...pieces.map(({ length }) => length)) };
}

/** One scanner for each alphabet. */
function scannersFor(pieces: readonly string[]): Scanner[] {
  if (pieces.length === 0) return [];
  const bytes = pieces.flatMap((piece) => [...byteForms(piece), ...wrapped(piece)]);
  const plain = pieces.flatMap(plainForms);
  const tokens = pieces.filter((piece) => piece.length >= MIN_TOKEN_CHARS);
  return [
    createScanner(
      UNQUOTED,
      plain.filter((form) => !isMostlyQuotes(form)),
    ),
    createScanner(PLAIN, plain.filter(isMostlyQuotes)),
    createScanner(BASE64, [...bytes.flatMap(base64Forms), ...tokens.filter(isBase64).map(withoutPadding)]),
    ...BASE32_LETTERS.map((letters) =>
      createScanner(
        base32(letters),
        bytes.flatMap((form) => base32Forms(form, letters)),
      ),
    ),
    createScanner(HEX, [...bytes.flatMap(hexForms), ...tokens.filter(isHex)]),
    createScanner(BITS, bytes.map(bitsOf)),
  ];
}

/** Lines, since output may indent or number them, and long lines in pieces. */
function piecesOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  const minimum = lines.filter(Boolean).length > 1 ? MIN_PIECE_CHARS : MIN_SECRET_CHARS;
  return lines.filter((line) => line.length >= minimum && !/^-----(?:BEGIN|END) /.test(line)).flatMap(divide);
}

function divide(line: string): string[] {
  if (line.length < 2 * PIECE_CHARS) return [line];
  return [line.slice(0, PIECE_CHARS), ...divide(line.slice(PIECE_CHARS))];
}

function byteForms(piece: string): Buffer[] {
  const littleEndian = Buffer.from(piece, "utf16le");
  return [Buffer.from(piece), littleEndian, Buffer.from(littleEndian).swap16()];
}

/** Also what becomes of its bytes when they are taken for another encoding, and of what looks like an escape in it. */
function plainForms(piece: string): string[] {
  const [utf8, ...utf16] = byteForms(piece);
  const misread = utf16.map((bytes) => bytes.toString().replaceAll("\0", ""));
  const forms = new Set([
    piece,
    piece.replaceAll("\\", ""),
    ...quoted(piece),
    utf8?.toString("latin1") ?? "",
    ...misread,
  ]);
  return [...forms].flatMap((form) => [form, ...unescaped(form), ...unescapedWithin(form)]);
}

/** As above between letters and between quotes, which may take away what it begins or ends with. */
function unescapedWithin(form: string): string[] {
  const bare = form.replace(/^["'`]|["'`]$/g, "");
  const within = ["x", "'", '"'].flatMap((mark) =>
    unescaped(`${mark}${form}${mark}`).map((text) =>
      text.slice(text.startsWith(mark) ? 1 : 0, text.endsWith(mark) ? -1 : text.length),
    ),
  );
  return [bare, ...within].filter(({ length }) => length >= MIN_SECRET_CHARS);
}

/** Where a backslash of its own meets one of the quoting, no undoing can tell which is which. */
function quoted(piece: string): string[] {
  const shell = [`'\\''`, `'"'"'`].map((quote) => piece.replaceAll("'", quote));
  return [...shell, ...[piece, ...shell].map((text) => JSON.stringify(text).slice(1, -1))];
}

/** What is written into base64 or hex is often written in another way before. */
function wrapped(piece: string): Buffer[] {
  const bytes = Buffer.from(piece);
  const json = JSON.stringify(piece).slice(1, -1);
  const texts = [json, encodeURIComponent(piece), bytes.toString("base64"), bytes.toString("hex")];
  return texts.filter((text) => text !== piece).map((text) => Buffer.from(text.replace(/={1,2}$/, "")));
}

/** Also two bytes at a time, the second first, as hexdump and od print them; from the first byte or the second. */
function hexForms(bytes: Buffer): string[] {
  const pairs = [0, 1].map((from) => bytes.subarray(from, bytes.length - ((bytes.length - from) % 2)));
  return [bytes, ...pairs.map((even) => Buffer.from(even).swap16())].map((form) => form.toString("hex"));
}

/** Of what looks like an escape in it: it is undone with the escapes of the text. */
function unescaped(form: string, depth = 0): string[] {
  if (depth === MAX_UNESCAPED) return [];
  const views = ESCAPES.flatMap((undo) => unescapeText(form, undo).map(({ text }) => text));
  return views.flatMap((text) => [text, ...unescaped(text, depth + 1)]);
}

/** At each of the three alignments, without the characters that depend on neighbours. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].map((shift) => {
    const padded = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    return padded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
  });
}

/** At each of the five alignments, likewise. */
function base32Forms(bytes: Buffer, letters: string): string[] {
  return [0, 1, 2, 3, 4].map((shift) => {
    const bits = bitsOf(Buffer.concat([Buffer.alloc(shift), bytes]));
    const padded = bits.replace(
      /[01]{1,5}/g,
      (five) => letters[Number.parseInt(five.padEnd(5, "0"), 2)] ?? "",
    );
    return padded.slice(Math.ceil((shift * 8) / 5), Math.floor(((shift + bytes.length) * 8) / 5));
  });
}

function bitsOf(bytes: Buffer): string {
  return Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
}

/** Without its quotes it could be an ordinary word. */
function isMostlyQuotes(form: string): boolean {
  return form.replace(/["'`]/g, "").length < MIN_SECRET_CHARS;
}

function isBase64(piece: string): boolean {
  return /^[\w+/-]+=*$/.test(piece);
}

function withoutPadding(piece: string): string {
  return piece.split("=", 1)[0] ?? "";
}

function isHex(piece: string): boolean {
  return /^[0-9a-f]+$/i.test(piece);
}
