/**
 * The ways in which programs write a character as something else, each undone by itself: in one pass over all of them
 * what is a part of base64 (`cQ0XFB`) could be taken for an escape. A part is what stands for `text` in the source.
 */
import { CONTROLS } from "./controls.ts";
import { DUMPS } from "./dumps.ts";
import { character, type Escape, marked, octal, whereFound } from "./escape.ts";
import { JOINED_STRINGS } from "./joined-strings.ts";
import { NUMBER_LISTS } from "./number-lists.ts";
import { TERMINAL_WRITING } from "./terminal-writing.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", sol: "/", bsol: "\\", plus: "+" },
  ...{ equals: "=", num: "#", dollar: "$", percnt: "%", ast: "*", colon: ":", semi: ";", comma: "," },
  ...{ period: ".", excl: "!", quest: "?", commat: "@", lpar: "(", rpar: ")", lsqb: "[", rsqb: "]" },
  ...{ lbrack: "[", rbrack: "]", lcub: "{", rcub: "}", lbrace: "{", rbrace: "}", lowbar: "_" },
  ...{ grave: "`", verbar: "|", vert: "|", hat: "^", tab: "\t", newline: "\n" },
};

/** Octal also as `echo -e` takes it, with a nought before. */
const BACKSLASH =
  /\\(?:u[0-9a-f]{4}|u\{[0-9a-f]{1,6}\}|x[0-9a-f]{2}|0(?:0[4-7]|[1-3][0-7])[0-7]|[0-3][0-7]{2}|[^0-9])/giy;
/** A shell's: whatever follows is meant as it is. Other languages write none before these. */
const QUOTING = /\\[\s\S]/y;
const IS_QUOTING = /\\[0-9ac-eg-mo-qsvwyz]/i;
/** JSON within JSON, however deep: a value has lost its own backslashes as well then, which is one of its forms. */
const BACKSLASHES = /\\{2,}(?:u[0-9a-f]{4}|[^\\]|$)/giy;
const PERCENT = /%[0-9a-f]{2}/giy;
const ENTITY = /&#?[0-9a-z]{2,8};/giy;
const QUOTED_PRINTABLE = /=(?:[0-9a-f]{2}|\r?\n)/giy;
/**
 * Many settings look like it: only where a sign, a byte above 127 or a soft line break is written so, or two bytes in a
 * row.
 */
const IS_QUOTED_PRINTABLE =
  /=(?:\r?\n|[89a-f][0-9a-f]|2[1-9a-f]|[357][b-e]|3[af]|5f|[46]0|[2-7][0-9a-f](?==[2-7][0-9a-f]))/i;
const C_HEX = /0x[0-9a-f]{2}(?![0-9a-f])(?:,\s{0,8}(?=0x))?/giy;
const SHELL_QUOTES = /'\\''|'"'"'/y;

/** A string of JSON, or of most languages. */
export const NESTING: Escape = marked("\\", BACKSLASH, decodeBackslash);

export const ESCAPES: readonly Escape[] = [
  NESTING,
  marked("\\\\", BACKSLASHES, decodeBackslashes),
  marked("%", PERCENT, (part) => byte(part.slice(1))),
  marked("&", ENTITY, decodeEntity),
  marked("0x", C_HEX, (part) => byte(part.slice(2, 4))),
  marked("'", SHELL_QUOTES, () => "'"),
  whereFound(
    IS_QUOTED_PRINTABLE,
    marked("=", QUOTED_PRINTABLE, (part) => (part.endsWith("\n") ? "" : byte(part.slice(1)))),
  ),
  whereFound(
    IS_QUOTING,
    marked("\\", QUOTING, (part) => (part.endsWith("\n") ? "" : part.slice(1))),
  ),
  ...DUMPS,
  ...NUMBER_LISTS,
  ...TERMINAL_WRITING,
  ...JOINED_STRINGS,
];

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
