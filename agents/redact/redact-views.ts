/** A text without its escapes: percent, backslash, HTML, shell quotes, lines of hex dumps; and the way back. */
import type { Span } from "./redact-scan.ts";

export type View = {
  text: string;
  /** From a place in `text` to what stands for it in the source. */
  toSource(span: Span): Span;
};

/** `length` characters of the view, at `at`, stand for `from` to `to` of the source. */
type Edit = { at: number; length: number; from: number; to: number };

const CHEAP_TEST = /[%\\&]|0x|'"'|^[0-9a-f]{7,16}:?[ \t]/im;

const DUMP_LINE = /^[0-9a-f]{7,16}:?[ \t]+([0-9a-f]{2,8}(?:[ \t]{1,2}[0-9a-f]{2,8})*)(?:[ \t]{2,}.*)?$/im;

/** Percent, backslashes, HTML, C's hex, the quotes of a shell, and a whole line of a dump (as DUMP_LINE). */
const ESCAPE =
  /%[0-9a-f]{2}|\\u(?:[0-9a-f]{4}|\{[0-9a-f]{1,6}\})|\\x[0-9a-f]{2}|\\[0-3][0-7]{2}|\\[^0-9]|&#?[0-9a-z]{2,8};|0x[0-9a-f]{2}(?![0-9a-f])(?:,\s*(?=0x))?|'\\''|'"'"'|^[0-9a-f]{7,16}:?[ \t]+[0-9a-f]{2,8}(?:[ \t]{1,2}[0-9a-f]{2,8})*(?:[ \t]{2,}.*)?$/gim;

const CONTROLS: Readonly<Record<string, string>> = {
  ...{ a: "\x07", b: "\b", e: "\x1b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" },
};

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", sol: "/", bsol: "\\", plus: "+" },
  ...{ equals: "=", num: "#", dollar: "$", percnt: "%", ast: "*", colon: ":", semi: ";", comma: "," },
  ...{ period: ".", excl: "!", quest: "?", commat: "@", lpar: "(", rpar: ")", lsqb: "[", rsqb: "]" },
  ...{ lbrack: "[", rbrack: "]", lcub: "{", rcub: "}", lbrace: "{", rbrace: "}", lowbar: "_" },
  ...{ grave: "`", verbar: "|", vert: "|", hat: "^", tab: "\t", newline: "\n" },
};

/** Undefined when there is nothing to undo. */
export function unescapeText(text: string): View | undefined {
  if (!CHEAP_TEST.test(text)) return undefined;
  const edits: Edit[] = [];
  let grown = 0;
  const plain = text.replace(ESCAPE, (source, from: number) => {
    const decoded = decode(source);
    if (decoded === source) return source;
    edits.push({ at: from + grown, length: decoded.length, from, to: from + source.length });
    grown += decoded.length - source.length;
    return decoded;
  });
  if (edits.length === 0) return undefined;
  return {
    text: plain,
    toSource: ({ start, end }) => ({ start: placeOf(edits, start).start, end: placeOf(edits, end - 1).end }),
  };
}

function decode(source: string): string {
  switch (source[0]) {
    case "%":
      return character(source.slice(1), 16);
    case "\\":
      return decodeBackslash(source.slice(1));
    case "&":
      return decodeEntity(source.slice(1, -1));
    case "'":
      return "'";
    default:
      return DUMP_LINE.exec(source)?.[1] ?? character(source.slice(2, 4), 16);
  }
}

function decodeBackslash(rest: string): string {
  if (rest.length === 1) return CONTROLS[rest] ?? rest;
  return rest[0] === "u" || rest[0] === "x" ? character(rest.replace(/[ux{}]/g, ""), 16) : character(rest, 8);
}

function decodeEntity(name: string): string {
  if (name[0] !== "#") return ENTITIES[name.toLowerCase()] ?? `&${name};`;
  return name[1]?.toLowerCase() === "x" ? character(name.slice(2), 16) : character(name.slice(1), 10);
}

function character(digits: string, base: number): string {
  const code = Number.parseInt(digits, base);
  return code <= 0x10ffff ? String.fromCodePoint(code) : digits;
}

/** The source of one character of the view. */
function placeOf(edits: readonly Edit[], at: number): Span {
  let [low, high] = [0, edits.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edits[middle] as Edit).at <= at) low = middle + 1;
    else high = middle;
  }
  const edit = edits[low - 1];
  if (!edit) return { start: at, end: at + 1 };
  if (at < edit.at + edit.length) return { start: edit.from, end: edit.to };
  const start = edit.to + at - edit.at - edit.length;
  return { start, end: start + 1 };
}
