/** How many columns a text takes on a terminal, and where it breaks. Knows nothing of colours and escapes. */

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const NARROW_ONLY = /^[\x20-\x7e]*$/;
/** East Asian wide and fullwidth blocks (Unicode EAW W and F), and what terminals draw as emojis, old ones by whole blocks. */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
const ZERO = /[\p{Mn}\p{Me}]/u;

/** Code units that fill a column at most, with the marks that inert.ts leaves on a letter. */
const MAX_UNITS = 12;

/** What the operator sees as single characters. */
export function graphemes(text: string): string[] {
  if (NARROW_ONLY.test(text)) return text.split("");
  return Array.from(SEGMENTER.segment(text), ({ segment }) => segment);
}

export function columnsOf(text: string): number {
  if (NARROW_ONLY.test(text)) return text.length;
  return graphemes(text).reduce((sum, grapheme) => sum + columnsOfGrapheme(grapheme), 0);
}

/**
 * Cut `text`, which has no line breaks, into rows of at most `columns` columns (the first: `firstColumns`),
 * at spaces where it can.
 */
export function wrap(text: string, columns: number, firstColumns: number = columns): string[] {
  const rows: string[] = [];
  let at = 0;
  for (let room = firstColumns; ; room = columns) {
    const row = startOf(text.slice(at, at + Math.max(1, room) * MAX_UNITS), room); // the rest is not looked at for each row anew
    const next = at + row.length;
    if (next >= text.length) return [...rows, row];
    const space = row.lastIndexOf(" ");
    const length = text[next] !== " " && space > row.length / 2 ? space : row.length;
    rows.push(row.slice(0, length));
    at += length + (text[at + length] === " " ? 1 : 0);
  }
}

/** The start of `text`, with an ellipsis when it does not fit. */
export function truncate(text: string, columns: number): string {
  return columnsOf(text) <= columns ? text : `${startOf(text, columns - 1)}…`;
}

/** The longest start that fits; one character at least, so that wrapping always gets on. */
function startOf(text: string, columns: number): string {
  if (NARROW_ONLY.test(text)) return text.slice(0, Math.max(1, columns));
  let start = "";
  let used = 0;
  // Only as much as can fit is looked at: a long text is cut in linear time.
  for (const { segment } of SEGMENTER.segment(text)) {
    for (const cell of cellsOf(segment)) {
      used += columnsOfGrapheme(cell);
      if (used > columns && start !== "") return start;
      start += cell;
    }
  }
  return start;
}

/** What terminals that know no clusters draw in more than two columns is taken apart. */
function cellsOf(segment: string): string[] {
  return columnsOfGrapheme(segment) > 2 ? Array.from(segment) : [segment];
}

/** The most that a terminal takes for it: a row that ends early does no harm, one that is too long wraps by itself. */
function columnsOfGrapheme(grapheme: string): number {
  let columns = 0;
  for (const character of grapheme) columns += WIDE.test(character) ? 2 : ZERO.test(character) ? 0 : 1;
  return columns === 1 && grapheme.includes("\ufe0f") ? 2 : columns;
}
