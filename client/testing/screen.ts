/** A small terminal for tests: it draws what it is sent, as far as the console uses a terminal. */
import { columnsOf, graphemes } from "../text-width.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: what terminals are sent
const TOKEN = /\x1b\[([?\d;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]+/g;

export class Screen {
  /** Every row there ever was; wide characters take the place of two cells, the second one "". */
  rows: string[][] = [[]];
  row = 0;
  column = 0;
  #columns: number;

  constructor(columns: number) {
    this.#columns = columns;
  }

  write(text: string): boolean {
    for (const [token, parameter, final] of text.matchAll(TOKEN)) {
      if (final !== undefined) this.#control(Number(parameter) || 1, parameter ?? "", final);
      else if (token === "\r") this.column = 0;
      else if (token === "\n") this.#lineFeed();
      else for (const grapheme of graphemes(token)) this.#place(grapheme);
    }
    return true;
  }

  /** As terminals that reflow do it: rows that became too wide are broken into several. */
  resize(columns: number): void {
    this.#columns = columns;
    const broken = this.rows.map((row) =>
      Array.from({ length: Math.max(1, Math.ceil(row.length / columns)) }, (_, part) =>
        row.slice(part * columns, (part + 1) * columns),
      ),
    );
    this.row = broken.slice(0, this.row).flat().length + Math.floor(this.column / columns);
    this.column %= columns;
    this.rows = broken.flat();
  }

  text(): string[] {
    return this.rows.map((row) =>
      Array.from(row, (cell) => cell ?? " ")
        .join("")
        .trimEnd(),
    );
  }

  #control(count: number, parameter: string, final: string): void {
    if (final === "A") this.row = Math.max(0, this.row - count);
    else if (final === "G") this.column = count - 1;
    else if (final === "J" && parameter === "") this.#eraseBelow();
    else if (final !== "m" && final !== "h" && final !== "l")
      throw new Error(`this screen does not know ${final}`);
  }

  #eraseBelow(): void {
    this.rows.splice(this.row + 1);
    this.rows[this.row]?.splice(this.column);
  }

  #lineFeed(): void {
    this.row++;
    this.rows[this.row] ??= [];
  }

  #place(grapheme: string): void {
    const width = columnsOf(grapheme);
    if (this.column + width > this.#columns)
      throw new Error(`"${grapheme}" does not fit: it would wrap by itself`);
    const row = this.rows[this.row] ?? [];
    row[this.column] = grapheme;
    if (width === 2) row[this.column + 1] = "";
    this.column += width;
  }
}
