/**
 * The ways in which programs write a character as something else, each undone by itself: in one pass over all of them
 * what is a part of base64 (`cQ0XFB`) could be taken for an escape. A part is what stands for `text` in the source.
 */

export type Part = { from: number; to: number; text: string };
/** Finds all parts, in order; in time that grows with the length of the text alone. */
export type Escape = (text: string) => Iterable<Part>;

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

const BACKSLASH = /\\(?:u[0-9a-f]{4}|u\{[0-9a-f]{1,6}\}|x[0-9a-f]{2}|[0-3][0-7]{2}|[^0-9])/giy;
/** JSON within JSON, however deep: a value has lost its own backslashes as well then, which is one of its forms. */
const BACKSLASHES = /\\{2,}(?:u[0-9a-f]{4}|[^\\]|$)/giy;
const PERCENT = /%[0-9a-f]{2}/giy;
const ENTITY = /&#?[0-9a-z]{2,8};/giy;
const QUOTED_PRINTABLE = /=(?:[0-9a-f]{2}|\r?\n)/giy;
/** Many settings look like it: only what has an equals sign, a byte above 127 or a soft line break in it. */
const IS_QUOTED_PRINTABLE = /=(?:3d|\r?\n|[89a-f][0-9a-f])/i;
const C_HEX = /0x[0-9a-f]{2}(?![0-9a-f])(?:,\s{0,8}(?=0x))?/giy;
const SHELL_QUOTES = /'\\''|'"'"'/y;

/** The address of a line of a dump, the digits behind it, and how far what is shown beside them may reach. */
const ADDRESS = /(?<![0-9a-z])[0-9a-f]{7,16}:?[ \t]{1,8}(?=[0-9a-f]{2})/gi;
const DIGITS = /[0-9a-f]{2,8}(?:[ \t]{1,2}[0-9a-f]{2,8}(?![0-9a-z])){0,40}/iy;
const MAX_BESIDE = 60;
/** `od -c`: behind an address four columns for each character, escape or octal number; without one, some of them. */
const CELL = "(?: {3}[^ \\n]| {2}\\\\[0abfnrtv\\\\]| [0-7]{3})";
// Linear because every repetition is bounded, and no cell can be read as another.
const CHARACTER_LINE = new RegExp(
  `((?<![0-9a-z])[0-7]{7})((?:${CELL}| {4}){1,16})|^(${CELL}(?:${CELL}| {4}){3,15})`,
  "gm",
);
/** At least four bytes in decimal, as arrays print them. */
const DECIMAL_LIST = /\d{1,3}(?:,\s{0,8}\d{1,3}){3,400}/g;

export const ESCAPES: readonly Escape[] = [
  marked("\\", BACKSLASH, decodeBackslash),
  marked("\\\\", BACKSLASHES, decodeBackslashes),
  marked("%", PERCENT, (part) => byte(part.slice(1))),
  marked("&", ENTITY, decodeEntity),
  marked("0x", C_HEX, (part) => byte(part.slice(2, 4))),
  marked("'", SHELL_QUOTES, () => "'"),
  quotedPrintable,
  dumps,
  characterDumps,
  decimals,
];

/** Parts that begin with `mark`. */
function marked(mark: string, pattern: RegExp, decode: (part: string) => string): Escape {
  return function* (text) {
    for (let at = text.indexOf(mark); at >= 0; ) {
      pattern.lastIndex = at;
      const part = pattern.exec(text)?.[0];
      if (part !== undefined) yield { from: at, to: at + part.length, text: decode(part) };
      at = text.indexOf(mark, at + (part?.length ?? 1));
    }
  };
}

const quotedPrintableParts = marked("=", QUOTED_PRINTABLE, (part) =>
  part.endsWith("\n") ? "" : byte(part.slice(1)),
);

function quotedPrintable(text: string): Iterable<Part> {
  return IS_QUOTED_PRINTABLE.test(text) ? quotedPrintableParts(text) : [];
}

/** Without addresses and without the column that shows the characters. */
function* dumps(text: string): Generator<Part> {
  for (const { 0: address, index: from } of text.matchAll(ADDRESS)) {
    DIGITS.lastIndex = from + address.length;
    const digits = sixteenBytes(DIGITS.exec(text)?.[0] ?? "");
    const end = from + address.length + digits.length;
    const newline = text.slice(end, end + MAX_BESIDE).indexOf("\n");
    yield { from, to: newline < 0 ? end : end + newline, text: digits };
  }
}

/** What follows them is the column beside, also when it could be digits. */
function sixteenBytes(digits: string): string {
  let count = 0;
  const end = [...digits].findIndex((digit) => !/\s/.test(digit) && ++count > 32);
  return end < 0 ? digits : digits.slice(0, end).trimEnd();
}

function* characterDumps(text: string): Generator<Part> {
  for (const { 0: line, 1: address = "", index } of text.matchAll(CHARACTER_LINE)) {
    if (address) yield { from: index, to: index + address.length, text: "" };
    for (let at = address.length; at < line.length; at += 4) {
      const cell = line.slice(at, at + 4).trim() || " ";
      const decoded = cell.length === 3 ? octal(cell) : cell.length === 2 ? decodeBackslash(cell) : cell;
      yield { from: index + at, to: index + at + 4, text: decoded };
    }
    if (text[index + line.length] === "\n")
      yield { from: index + line.length, to: index + line.length + 1, text: "" };
  }
}

function* decimals(text: string): Generator<Part> {
  for (const { 0: list, index } of text.matchAll(DECIMAL_LIST)) {
    for (const number of list.matchAll(/(\d+)(,\s*)?/g)) {
      const code = Number(number[1]);
      const from = index + number.index;
      if (code < 256) yield { from, to: from + number[0].length, text: String.fromCharCode(code) };
    }
  }
}

function decodeBackslash(part: string): string {
  const rest = part.slice(1);
  if (rest.length === 1) return CONTROLS[rest] ?? rest;
  return rest[0] === "u" || rest[0] === "x" ? character(rest.replace(/[ux{}]/gi, ""), 16) : octal(rest);
}

function decodeBackslashes(part: string): string {
  const rest = part.replace(/^\\+/, "");
  return rest.length <= 1 ? rest : character(rest.slice(1), 16);
}

function decodeEntity(part: string): string {
  const name = part.slice(1, -1);
  if (name[0] !== "#") return ENTITIES[name.toLowerCase()] ?? part;
  return name[1]?.toLowerCase() === "x" ? character(name.slice(2), 16) : character(name.slice(1), 10);
}

function byte(digits: string): string {
  return character(digits, 16);
}

function octal(digits: string): string {
  return character(digits, 8);
}

function character(digits: string, base: number): string {
  const code = Number.parseInt(digits, base);
  return code <= 0x10ffff ? String.fromCodePoint(code) : digits;
}
