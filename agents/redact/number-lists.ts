/** Bytes that are printed as numbers: arrays of a language, columns of od. */
import { type Escape, type Part, together } from "./escape.ts";

/** At least four bytes in decimal, as arrays print them. */
const ARRAY = /\d{1,3}(?:,\s{0,8}\d{1,3}){3,400}/g;
/** Of an array each number, and what is between it and the next. */
const ELEMENT = /(\d+)(,\s*)?/g;

/** Numbers that are characters to be seen: few tables consist of such alone. */
const DECIMAL = "(?:0?(?:3[2-9]|[4-9][0-9])|1[0-9][0-9]|2[0-4][0-9]|25[0-5])";
const OCTAL = "(?:0[4-7][0-7]|[1-3][0-7][0-7])";
/** Between two of them: blanks, or the end of a row and od's address of the next. */
const BETWEEN = "(?:[ \\t]{1,4}|[ \\t]{0,2}\\r?\\n(?:[0-7]{7})?[ \\t]{0,4})";

export const NUMBER_LISTS: readonly Escape[] = [together([arrays, columns(DECIMAL, 10)]), columns(OCTAL, 8)];

function* arrays(text: string): Generator<Part> {
  for (const { 0: list, index } of text.matchAll(ARRAY)) {
    for (const number of list.matchAll(ELEMENT)) {
      const code = Number(number[1]);
      const from = index + number.index;
      if (code < 256) yield { from, to: from + number[0].length, text: String.fromCharCode(code) };
    }
  }
}

function columns(number: string, base: number): Escape {
  // Linear because a number and what is between two have no character in common but in od's address, which has seven digits.
  const list = new RegExp(`(?<![0-9])${number}(?:${BETWEEN}${number}(?![0-9])){5}`, "g");
  // Linear because it is sticky, and every repetition in it is bounded.
  const next = new RegExp(`(${BETWEEN}|)(${number})(?![0-9])`, "y");
  return function* (text) {
    list.lastIndex = 0;
    for (let found = list.exec(text); found; found = list.exec(text)) {
      next.lastIndex = found.index;
      for (let at = found.index, part = next.exec(text); part; part = next.exec(text)) {
        yield {
          from: at,
          to: next.lastIndex,
          text: String.fromCharCode(Number.parseInt(part[2] as string, base)),
        };
        at = next.lastIndex;
        list.lastIndex = at;
      }
    }
  };
}
