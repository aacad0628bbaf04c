/** The letters that a printed value is looked for in: characters as they are, base64, base32, hex, bits; and what may lie between them. */

export type Alphabet = {
  /** Letters that are looked up at once, and bits of each that count: 32 bits in all at most. */
  letters: number;
  bits: number;
  /** For each code unit below 256 its letter, SKIPPED or STRANGE. */
  table: Int16Array;
  /** For the code units above. */
  letterOf(code: number): number;
};

/** Between two letters. */
export const SKIPPED = -1;
/** Ends whatever was being read. */
export const STRANGE = -2;

const ZERO_WIDTH = new Set([0xad, 0x200b, 0x200c, 0x200d, 0x2060, 0xfeff]);

const QUOTES = "\"'`";

/** In a form's fields one stands for the other. */
const [SPACE, PLUS] = [0x20, 0x2b];

export const PLAIN: Alphabet = {
  bits: 8,
  letters: 4,
  table: tableOf((code) => (code === 0 || ZERO_WIDTH.has(code) ? SKIPPED : code === SPACE ? PLUS : code)),
  letterOf: (code) => (ZERO_WIDTH.has(code) ? SKIPPED : code),
};

/** A shell takes quotes at any place of a word, and one that is not closed yet is a part of nothing. */
export const UNQUOTED: Alphabet = {
  ...PLAIN,
  table: PLAIN.table.map((letter) => (QUOTES.includes(String.fromCharCode(letter)) ? SKIPPED : letter)),
};

const BETWEEN_DIGITS = "\0\t\n\r \"',";
const BASE64_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export const BASE64: Alphabet = {
  bits: 6,
  letters: 5,
  table: tableOf((character) => {
    const letter = String.fromCharCode(character).replace("-", "+").replace("_", "/");
    return letterIn(BASE64_LETTERS, letter, BETWEEN_DIGITS);
  }),
  letterOf: () => STRANGE,
};

/** Of RFC 4648: the usual letters, and "base32hex". */
export const BASE32_LETTERS = [
  "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
  "0123456789ABCDEFGHIJKLMNOPQRSTUV",
] as const;

export const HEX: Alphabet = {
  bits: 4,
  letters: 8,
  table: tableOf((code) =>
    letterIn("0123456789abcdef", String.fromCharCode(code).toLowerCase(), "\0\t\n\r :-,\"'"),
  ),
  letterOf: () => STRANGE,
};

/** Eight a byte, as `xxd -b` prints them. */
export const BITS: Alphabet = {
  bits: 1,
  letters: 32,
  table: tableOf((code) => letterIn("01", String.fromCharCode(code), BETWEEN_DIGITS)),
  letterOf: () => STRANGE,
};

/** Capital letters or not; what may lie between them is as in base64. */
export function base32(letters: string): Alphabet {
  const letterOf = (code: number) =>
    letterIn(letters, String.fromCharCode(code).toUpperCase(), BETWEEN_DIGITS);
  return { bits: 5, letters: 6, table: tableOf(letterOf), letterOf: () => STRANGE };
}

function tableOf(letterOf: (code: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, code) => letterOf(code));
}

function letterIn(letters: string, character: string, skipped: string): number {
  return skipped.includes(character)
    ? SKIPPED
    : letters.includes(character)
      ? letters.indexOf(character)
      : STRANGE;
}
