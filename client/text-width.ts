/** How many columns a text takes on a terminal, and where it breaks. Knows nothing of colours and escapes. */

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const NARROW_ONLY = /^[\x20-\x7e]*$/;
/** East Asian wide and fullwidth blocks (Unicode EAW W and F), and what is drawn as an emoji. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]|\ufe0f/u;
const ZERO = /^\p{M}+$/u;

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
  let rest = text;
  let room = firstColumns;
  while (columnsOf(rest) > room) {
    const row = startOf(rest, room);
    const space = row.lastIndexOf(" ");
    const length = rest[row.length] !== " " && space > row.length / 2 ? space : row.length;
    rows.push(rest.slice(0, length));
    rest = rest.slice(rest[length] === " " ? length + 1 : length);
    room = columns;
  }
  return [...rows, rest];
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
    used += columnsOfGrapheme(segment);
    if (used > columns && start !== "") break;
    start += segment;
  }
  return start;
}

function columnsOfGrapheme(grapheme: string): number {
  if (WIDE.test(grapheme)) return 2;
  return ZERO.test(grapheme) ? 0 : 1;
}
