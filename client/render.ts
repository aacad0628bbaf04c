/** How an entry looks: on a terminal in colours and cut to its width, plain in a pipe and in the log. */
import { cutMiddle } from "../agents/base/truncate.ts";
import { isRole } from "../agents/protocol/roles.ts";
import type { Entry, Style } from "./entry.ts";
import { type Emphasis, renderMarkdown } from "./markdown.ts";
import { columnsOf, wrap } from "./text-width.ts";

/** SGR parameters; 39 is the terminal's own foreground. */
const COLOURS: Readonly<Record<Style, string>> = {
  operator: "1;97",
  Architect_Zero: "1;36",
  DevOps_Builder: "1;33",
  Security_Sentinel: "1;35",
  QA_Tester: "1;32",
  thought: "2",
  looking: "2",
  failure: "1;31",
  console: "2;36",
  problem: "1;31",
};

const INDENT = "  ";
const TAB = "    ";
const MIN_COLUMNS = 20;
/** More of one entry nobody reads on a screen: its head and its tail are shown, all of it is in the log. */
const MAX_SHOWN_BYTES = 65_536;
/** An entry of more rows is folded where it can be opened: so many of its head and its tail are shown. */
const MAX_ROWS = 40;
const HEAD_ROWS = 20;
const TAIL_ROWS = 8;
/** Painted whole, not only who says it. */
const WHOLE: readonly Style[] = ["thought", "looking", "failure"];
/** Less beside the speaker is no place for a text: it begins in the next row. */
const MIN_ROOM = 4;

/**
 * For a terminal. Wrapped here and not by the terminal, so that no content can be made to begin a row in the
 * first column, where only the names of those who really spoke stand.
 */
export function renderForTerminal(entry: Entry, columns: number, paint: Paint = inColours): string {
  const width = Math.max(MIN_COLUMNS, columns) - 1;
  const inner = width - INDENT.length;
  const heads = wrap(headOf(entry, clock(new Date(entry.timestamp))), inner, width);
  const lastHead = heads.pop() ?? "";
  const room = (heads.length === 0 ? width : inner) - columnsOf(lastHead) - 1;
  const { text } = cutMiddle(entry.text.trimEnd(), { maxBytes: MAX_SHOWN_BYTES });
  const [first = "", ...others] = text.replaceAll("\t", TAB).split("\n");
  const texts = room < MIN_ROOM ? ["", ...wrap(first, inner)] : wrap(first, inner, room);
  const rendered = renderTexts(entry, [...texts, ...others.flatMap((line) => wrap(line, inner))], paint);
  const [top = "", ...rest] = fold(rendered, entry.number);
  const { style } = entry;
  const isWhole = WHOLE.includes(style);
  const lastRow = isWhole ? paint(style, `${lastHead} ${top}`) : `${paint(style, lastHead)} ${top}`;
  const rows = [
    ...heads.map((row) => paint(style, row)),
    lastRow,
    ...rest.map((row) => (isWhole ? paint(style, row) : row)),
  ];
  return `${rows.join(`\n${INDENT}`)}\n`;
}

const EMPHASES: Readonly<Record<Emphasis, string>> = { bold: "1;39", code: "2;36" };

/** What a role says is Markdown; everything else is what it is. */
function renderTexts({ style, facts }: Entry, rows: readonly string[], paint: Paint): readonly string[] {
  if (!isRole(style) || facts["kind"] !== "message") return rows;
  return renderMarkdown(rows, (emphasis, text) =>
    paint === withoutColours ? text : `\x1b[${EMPHASES[emphasis]}m${text}\x1b[0m`,
  );
}

/** Head and tail of what has a number to open it by. */
function fold(rows: readonly string[], number: number | undefined): readonly string[] {
  if (number === undefined || rows.length <= MAX_ROWS) return rows;
  const hidden = rows.length - HEAD_ROWS - TAIL_ROWS;
  const hint = `[... ${hidden} more lines: /output ${number} opens all of it ...]`;
  return [...rows.slice(0, HEAD_ROWS), hint, ...rows.slice(-TAIL_ROWS)];
}

/** For a pipe and the log; `time` stands before the speaker. */
export function renderPlain(entry: Entry, time: string): string {
  return `${headOf(entry, time)} ${entry.text.trimEnd().replaceAll("\n", `\n${INDENT}`)}\n`;
}

/** Local time, HH:MM:SS. */
export function clock(time: Date): string {
  return time.toTimeString().slice(0, 8);
}

export type Paint = (style: Style, text: string) => string;

export const inColours: Paint = (style, text) => `\x1b[${COLOURS[style]}m${text}\x1b[0m`;

/** For who asked for NO_COLOR (https://no-color.org). */
export const withoutColours: Paint = (_, text) => text;

/** A box around `text`, as wide as it needs and at most `columns`. */
export function box(text: string, columns: number): string {
  const rows = text.split("\n").flatMap((line) => wrap(line, Math.max(MIN_COLUMNS, columns) - 5));
  const width = Math.max(...rows.map(columnsOf));
  const edge = "─".repeat(width + 2);
  return [
    `┌${edge}┐`,
    ...rows.map((row) => `│ ${row}${" ".repeat(width - columnsOf(row))} │`),
    `└${edge}┘`,
  ].join("\n");
}

function headOf(entry: Entry, time: string): string {
  return `${time} ${entry.speaker}:`;
}
