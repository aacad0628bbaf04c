/**
 * Finds many strings in one pass over a text, letter by letter of an alphabet: however a value is printed, its letters
 * come in the same order. What an alphabet skips (a line break within base64, a NUL of UTF-16) may lie between them.
 */
import { type Alphabet, SKIPPED, STRANGE } from "./alphabets.ts";

/** Where something was found: UTF-16 code units, `end` excluded. */
export type Span = { start: number; end: number };

export type Scanner = (text: string, found: Span[]) => void;

/** More of them in a row are no line break and no separator. */
const MAX_SKIPPED = 64;
const MAX_STRIDE = 16;
const HASH_BITS = 18;

/** Part of a word: its letters from `offset` on are in the window. */
type Place = { word: Int32Array; offset: number };

/**
 * Looks at every n-th place only: each word is known by its first n windows, one of which must be met. `forms` with
 * fewer letters than a window are not found.
 */
export function createScanner(alphabet: Alphabet, forms: Iterable<string>): Scanner {
  const words = Array.from(new Set(forms), (form) => lettersOf(alphabet, form)).filter(
    (word) => word.length >= alphabet.letters,
  );
  const shortest = words.reduce((length, word) => Math.min(length, word.length), Number.POSITIVE_INFINITY);
  const stride = Math.min(MAX_STRIDE, shortest - alphabet.letters + 1);
  const places = placesOf(alphabet, words, stride);
  const longest = alphabet.letters + MAX_SKIPPED;
  const known = new Uint8Array(1 << (HASH_BITS - 3));
  for (const window of places.keys()) setBit(known, hash(window));
  return (text, found) => {
    if (words.length === 0) return;
    let skippedTo = 0;
    for (let at = 0; at < text.length; at += stride) {
      if (at >= skippedTo) skippedTo = endOfSkipped(alphabet, text, at);
      const empty = skippedTo - at - longest;
      if (empty >= 0) {
        at += empty - (empty % stride); // no window that begins before has a letter
        continue;
      }
      const window = windowAt(alphabet, text, at);
      if (window === undefined || !hasBit(known, hash(window))) continue;
      for (const place of places.get(window) ?? []) {
        const span = match(alphabet, text, { ...place, at });
        if (span) found.push(span);
      }
    }
  };
}

function lettersOf(alphabet: Alphabet, form: string): Int32Array {
  const letters = new Int32Array(form.length);
  let count = 0;
  for (let at = 0; at < form.length; at++) {
    const letter = letterAt(alphabet, form, at);
    if (letter >= 0) letters[count++] = letter;
  }
  return letters.subarray(0, count);
}

function placesOf(
  { letters, bits }: Alphabet,
  words: readonly Int32Array[],
  stride: number,
): Map<number, Place[]> {
  const places = new Map<number, Place[]>();
  for (const word of words) {
    for (let offset = 0; offset < stride; offset++) {
      const window = word
        .subarray(offset, offset + letters)
        .reduce((sum, letter) => add(sum, letter, bits), 0);
      const here = places.get(window);
      if (here) here.push({ word, offset });
      else places.set(window, [{ word, offset }]);
    }
  }
  return places;
}

/** The first place from `at` on that holds something else. */
function endOfSkipped(alphabet: Alphabet, text: string, at: number): number {
  let end = at;
  while (end < text.length && letterAt(alphabet, text, end) === SKIPPED) end++;
  return end;
}

/** The next letters as one number; undefined when something strange is among them. */
function windowAt(alphabet: Alphabet, text: string, start: number): number | undefined {
  const { letters, bits } = alphabet;
  const end = Math.min(text.length, start + letters + MAX_SKIPPED);
  let window = 0;
  let count = 0;
  for (let at = start; at < end; at++) {
    const letter = letterAt(alphabet, text, at);
    if (letter === SKIPPED) continue;
    if (letter === STRANGE) return undefined;
    window = add(window, letter, bits);
    if (++count === letters) return window;
  }
  return undefined;
}

/** The whole word, whose letters from `offset` on begin at `at` or behind what is skipped there. */
function match(
  alphabet: Alphabet,
  text: string,
  { word, offset, at }: Place & { at: number },
): Span | undefined {
  const before = word.subarray(0, offset).toReversed();
  let start = walk(alphabet, text, { letters: before, at: at - 1, step: -1 });
  const end = walk(alphabet, text, { letters: word.subarray(offset), at, step: 1 });
  if (start === undefined || end === undefined) return undefined;
  do start++;
  while (letterAt(alphabet, text, start) === SKIPPED);
  return { start, end };
}

/** Past the last of `letters`, which come in this order; undefined when they do not. */
function walk(
  alphabet: Alphabet,
  text: string,
  { letters, at, step }: { letters: Int32Array; at: number; step: 1 | -1 },
): number | undefined {
  let skipped = 0;
  let place = at;
  for (let index = 0; index < letters.length; place += step) {
    const letter = place >= 0 && place < text.length ? letterAt(alphabet, text, place) : STRANGE;
    if (letter === SKIPPED && ++skipped <= MAX_SKIPPED) continue;
    if (letter !== letters[index]) return undefined;
    skipped = 0;
    index++;
  }
  return place;
}

function letterAt(alphabet: Alphabet, text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 256 ? (alphabet.table[code] as number) : alphabet.letterOf(code);
}

function add(window: number, letter: number, bits: number): number {
  return (window << bits) | (letter & ((1 << bits) - 1));
}

function hash(window: number): number {
  return (window ^ (window >>> HASH_BITS)) & ((1 << HASH_BITS) - 1);
}

function setBit(bits: Uint8Array, index: number): void {
  bits[index >>> 3] = (bits[index >>> 3] as number) | (1 << (index & 7));
}

function hasBit(bits: Uint8Array, index: number): boolean {
  return (((bits[index >>> 3] as number) >>> (index & 7)) & 1) === 1;
}
