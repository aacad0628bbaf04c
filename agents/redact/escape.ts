/** What it means to undo a way of writing characters: which parts of a text stand for which others. */

/** `text` is what stands at `from` to `to` of the source, `to` excluded. */
export type Part = { from: number; to: number; text: string };
/** Finds all parts, in order; in time that grows with the length of the text alone. */
export type Escape = (text: string) => Iterable<Part>;

/** Parts that begin with `mark`; `pattern` is sticky. */
export function marked(mark: string, pattern: RegExp, decode: (part: string) => string): Escape {
  return function* (text) {
    for (let at = text.indexOf(mark); at >= 0; ) {
      pattern.lastIndex = at;
      const part = pattern.exec(text)?.[0];
      if (part !== undefined) yield { from: at, to: at + part.length, text: decode(part) };
      at = text.indexOf(mark, at + (part?.length ?? 1));
    }
  };
}

/** Only where `sign` is met: what would look like it elsewhere costs a view of the text for nothing. */
export function whereFound(sign: RegExp, undo: Escape): Escape {
  return (text) => (sign.test(text) ? undo(text) : []);
}

/** Kinds of which none is mistaken for another, in one step. */
export function together(kinds: readonly Escape[]): Escape {
  return (text) => {
    const found = kinds.map((undo) => [...undo(text)]).filter(({ length }) => length > 0);
    if (found.length < 2) return found[0] ?? [];
    const parts = found.flat().sort((a, b) => a.from - b.from);
    let end = 0;
    return parts.filter(({ from, to }) => {
      const isFree = from >= end;
      if (isFree) end = to;
      return isFree;
    });
  };
}

export function octal(digits: string): string {
  return character(digits, 8);
}

export function character(digits: string, base: number): string {
  const code = Number.parseInt(digits, base);
  return code <= 0x10ffff ? String.fromCodePoint(code) : digits;
}
