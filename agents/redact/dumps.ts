/** What hexdump, xxd and od print: without addresses, and without the column that shows the characters. */
import { CONTROLS } from "./controls.ts";
import { type Escape, octal, type Part } from "./escape.ts";

/** An address has so many digits at least. */
const ADDRESS_DIGITS = 7;
/** The address of a line, up to the digits behind it, and how far what is shown beside them may reach. */
const ADDRESS = /[0-9a-f]{7,16}:?[ \t]{1,8}(?=[0-9a-f]{2})/iy;
const DIGITS = /[0-9a-f]{2,8}(?:[ \t]{1,2}[0-9a-f]{2,8}(?![0-9a-z])){0,40}/iy;
const MAX_BESIDE = 60;
/** `od -c`: behind an address four columns for each character, escape or octal number; without one, some of them. */
const CELL = "(?: {3}[^ \\n]| {2}\\\\[0abfnrtv\\\\]| [0-7]{3})";
// Linear because every repetition is bounded, and no cell can be read as another.
const ADDRESSED_CELLS = new RegExp(`([0-7]{7})(?:${CELL}| {4}){1,16}`, "y");
// Linear because every repetition is bounded, and no cell can be read as another.
const CELLS = new RegExp(`()${CELL}(?:${CELL}| {4}){3,15}`, "y");

export const DUMPS: readonly Escape[] = [
  hexDumps,
  characterDumps(ADDRESSED_CELLS, addressesIn),
  characterDumps(CELLS, indentedLinesIn),
];

function* hexDumps(text: string): Generator<Part> {
  let line = 0;
  for (const from of addressesIn(text)) {
    const address = from < line ? undefined : matchAt(ADDRESS, text, from)?.[0];
    if (address === undefined) continue;
    const digits = bytesOf(matchAt(DIGITS, text, from + address.length)?.[0] ?? "");
    const end = from + address.length + digits.length;
    const newline = text.slice(end, end + MAX_BESIDE).indexOf("\n");
    line = newline < 0 ? end : end + newline;
    yield { from, to: line, text: digits };
  }
}

/** Six bytes of bits or sixteen of hex. What follows them is the column beside, also when it could be digits. */
function bytesOf(digits: string): string {
  const most = /^[01]{8}(?![^\s])/.test(digits) ? 48 : 32;
  let count = 0;
  const end = [...digits].findIndex((digit) => !/\s/.test(digit) && ++count > most);
  return end < 0 ? digits : digits.slice(0, end).trimEnd();
}

function characterDumps(line: RegExp, places: (text: string) => Iterable<number>): Escape {
  return function* (text) {
    let end = 0;
    for (const from of places(text)) {
      const [cells, address = ""] = (from >= end && matchAt(line, text, from)) || [];
      if (cells === undefined) continue;
      end = from + cells.length;
      if (address) yield { from, to: from + address.length, text: "" };
      for (let at = from + address.length; at < end; at += 4)
        yield { from: at, to: at + 4, text: decodeCell(text.slice(at, at + 4)) };
      if (text[end] === "\n") yield { from: end, to: end + 1, text: "" };
    }
  };
}

function decodeCell(cell: string): string {
  const written = cell.trim() || " ";
  if (written.length === 3) return octal(written);
  if (written.length === 1) return written;
  return CONTROLS[written[1] as string] ?? (written[1] as string);
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Where a word begins that may be an address: one look for as many characters as it has digits at least. */
function* addressesIn(text: string): Generator<number> {
  for (let at = ADDRESS_DIGITS - 1; at < text.length; at += ADDRESS_DIGITS) {
    if (!isHexDigit(text.charCodeAt(at))) continue;
    let start = at;
    while (start > 0 && start > at - ADDRESS_DIGITS && isHexDigit(text.charCodeAt(start - 1))) start--;
    if (start === at - ADDRESS_DIGITS) continue; // seen from the look before, or too long
    if (start === 0 || !isLetterOrDigit(text.charCodeAt(start - 1))) yield start;
  }
}

function* indentedLinesIn(text: string): Generator<number> {
  if (text[0] === " ") yield 0;
  for (let at = text.indexOf("\n "); at >= 0; at = text.indexOf("\n ", at + 1)) yield at + 1;
}

function isHexDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
}

function isLetterOrDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
}
