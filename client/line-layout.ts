/** Where the characters of the input line stand on the screen. Pure. */
import { inert } from "./terminal-safe.ts";
import { columnsOf, graphemes } from "./text-width.ts";
import type { Cell, TypedLine } from "./typed-line.ts";

export type Layout = { rows: string[]; cursorRow: number; cursorColumn: number };

const CONTINUATION = "   ";

/** Rows of at most `columns` columns and at most `maxRows` of them, the one with the cursor among them. */
export function layoutLine(
  line: TypedLine,
  { prompt, columns, maxRows }: { prompt: string; columns: number; maxRows: number },
): Layout {
  const rows = [prompt];
  let column = columnsOf(prompt);
  let cursor = { row: 0, column };
  const newRow = () => {
    rows.push(CONTINUATION);
    column = CONTINUATION.length;
  };
  const place = (grapheme: string) => {
    const width = columnsOf(grapheme);
    if (column + width > columns) newRow();
    rows.push((rows.pop() ?? "") + grapheme);
    column += width;
  };
  for (const [index, cell] of line.cells.entries()) {
    if (index === line.cursor) cursor = { row: rows.length - 1, column };
    if (cell.text === "\n") newRow();
    else for (const grapheme of shown(cell)) place(grapheme);
  }
  if (line.cursor === line.cells.length) cursor = { row: rows.length - 1, column };
  const first = Math.max(0, Math.min(cursor.row - maxRows + 1, rows.length - maxRows));
  return {
    rows: rows.slice(first, first + maxRows),
    cursorRow: cursor.row - first,
    cursorColumn: cursor.column,
  };
}

function shown(cell: Cell): string[] {
  return graphemes(inert(cell.label ?? cell.text).replaceAll(/[\t\n]/g, " "));
}
