/** The text being typed, and every way to edit it. Pure: it knows no keys of a terminal and no screen. */
import type { KeyName } from "./keys.ts";
import { graphemes, truncate } from "./text-width.ts";

/** One character as the operator sees it, or one whole paste, shown as its label and edited as a unit. */
export type Cell = { readonly text: string; readonly label?: string };

/** The cursor stands before the cell with its index. */
export type TypedLine = { readonly cells: readonly Cell[]; readonly cursor: number };

/** A paste longer than this is shown as a label, as is any of several lines. */
const MAX_SHOWN_PASTE_CHARS = 1_000;
const MAX_EDITABLE_LINES = 10;
const LABEL_PREVIEW_COLUMNS = 30;

export const EMPTY_LINE: TypedLine = { cells: [], cursor: 0 };

/** Exactly what was typed and pasted. */
export function lineText(line: TypedLine): string {
  return line.cells.map((cell) => cell.text).join("");
}

/** A combining character joins the character before it. */
export function insertText(line: TypedLine, text: string): TypedLine {
  const before = line.cells.slice(0, line.cursor);
  const last = before.at(-1);
  const joined = last && last.label === undefined ? `${before.pop()?.text}${text}` : text;
  return place(before, toCells(joined), line.cells.slice(line.cursor));
}

/** Byte for byte; a paste of several lines becomes one cell. */
export function insertPaste(line: TypedLine, text: string): TypedLine {
  const count = text.trimEnd().split("\n").length;
  if (count === 1 && text.length <= MAX_SHOWN_PASTE_CHARS) return insertText(line, text);
  const preview = truncate(text.trim().split("\n")[0] ?? "", LABEL_PREVIEW_COLUMNS);
  const label = `[pasted ${count} ${count === 1 ? "line" : "lines"}, ${text.length} characters: ${preview}]`;
  return place(line.cells.slice(0, line.cursor), [{ text, label }], line.cells.slice(line.cursor));
}

/** A text given back to the operator: to be edited, or as one cell when it is long. */
export function lineOf(text: string): TypedLine {
  const isLong = text.length > MAX_SHOWN_PASTE_CHARS || text.split("\n").length > MAX_EDITABLE_LINES;
  return isLong ? insertPaste(EMPTY_LINE, text) : insertText(EMPTY_LINE, text);
}

/** Replace the `count` cells before the cursor. */
export function replaceBefore(line: TypedLine, count: number, text: string): TypedLine {
  return place(line.cells.slice(0, line.cursor - count), toCells(text), line.cells.slice(line.cursor));
}

/** Move or delete; a key that edits nothing gives the same line back. */
export function editLine(line: TypedLine, key: KeyName): TypedLine {
  const { cells, cursor } = line;
  switch (key) {
    case "left":
      return moveTo(line, cursor - 1);
    case "right":
      return moveTo(line, cursor + 1);
    case "home":
      return moveTo(line, rowStart(line));
    case "end":
      return moveTo(line, rowEnd(line));
    case "word-left":
      return moveTo(line, wordStart(line));
    case "word-right":
      return moveTo(line, wordEnd(line));
    case "backspace":
      return remove(line, cursor - 1, cursor);
    case "delete":
      return remove(line, cursor, Math.min(cells.length, cursor + 1));
    case "kill-word":
      return remove(line, wordStart(line), cursor);
    case "kill-word-right":
      return remove(line, cursor, wordEnd(line));
    case "kill-to-start":
      return remove(line, rowStart(line), cursor);
    case "kill-to-end":
      return remove(line, cursor, rowEnd(line));
    default:
      return line;
  }
}

/** The line above or below in a text of several; undefined where there is none. */
export function moveRow(line: TypedLine, direction: "up" | "down"): TypedLine | undefined {
  const column = line.cursor - rowStart(line);
  const edge = direction === "up" ? rowStart(line) - 1 : rowEnd(line) + 1;
  if (edge < 0 || edge > line.cells.length) return undefined;
  const target = moveTo(line, edge);
  return moveTo(line, Math.min(rowStart(target) + column, rowEnd(target)));
}

function toCells(text: string): Cell[] {
  return graphemes(text).map((grapheme) => ({ text: grapheme }));
}

function place(before: readonly Cell[], added: readonly Cell[], after: readonly Cell[]): TypedLine {
  return { cells: [...before, ...added, ...after], cursor: before.length + added.length };
}

function moveTo(line: TypedLine, cursor: number): TypedLine {
  return { cells: line.cells, cursor: Math.max(0, Math.min(line.cells.length, cursor)) };
}

function remove(line: TypedLine, start: number, end: number): TypedLine {
  if (start < 0 || start >= end) return line;
  return { cells: line.cells.toSpliced(start, end - start), cursor: start };
}

function rowStart({ cells, cursor }: TypedLine): number {
  return cells.findLastIndex((cell, index) => index < cursor && cell.text === "\n") + 1;
}

function rowEnd({ cells, cursor }: TypedLine): number {
  const end = cells.findIndex((cell, index) => index >= cursor && cell.text === "\n");
  return end < 0 ? cells.length : end;
}

function wordStart({ cells, cursor }: TypedLine): number {
  let start = cursor;
  while (start > 0 && isSpace(cells[start - 1])) start--;
  while (start > 0 && !isSpace(cells[start - 1])) start--;
  return start;
}

function wordEnd({ cells, cursor }: TypedLine): number {
  let end = cursor;
  while (end < cells.length && isSpace(cells[end])) end++;
  while (end < cells.length && !isSpace(cells[end])) end++;
  return end;
}

function isSpace(cell: Cell | undefined): boolean {
  return cell !== undefined && cell.text.trim() === "";
}
