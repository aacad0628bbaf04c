/**
 * The conversation above, a status row and the input line below it, on a terminal of any size. Everything
 * that changes within a frame is one write; a terminal that is slow is waited for, typing is never lost.
 */
import type { Entry } from "./entry.ts";
import { layoutLine } from "./line-layout.ts";
import { inColours, type Paint, renderForTerminal } from "./render.ts";
import { columnsOf, truncate } from "./text-width.ts";
import type { TypedLine } from "./typed-line.ts";
import type { Output, View } from "./view.ts";

/** What stands below the conversation. */
export type Footer = { status: string; prompt: string; line: TypedLine };

const FRAME_MS = 16;
/** For a terminal that does not tell its size, as after a late `docker attach`. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
/** Said with every frame: the terminal that looks on now need not be the one of the start. */
const PASTE_MARKS_ON = "\x1b[?2004h";
export const PASTE_MARKS_OFF = "\x1b[?2004l";
const ERASE_BELOW = "\x1b[J";
const NOTHING_DRAWN = { widths: [] as readonly number[], cursorRow: 0, cursorColumn: 0 };

export class TerminalView implements View {
  readonly #output: Output;
  readonly #footer: () => Footer;
  readonly #paint: Paint;
  #pending: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isWriting = false;
  #isClosed = false;
  #isSuspended = false;
  #status = "";
  /** The footer on the screen: the width of each of its rows, and where the cursor stands in it. */
  #drawn = NOTHING_DRAWN;

  constructor(output: Output, footer: () => Footer, paint: Paint = inColours) {
    this.#output = output;
    this.#footer = footer;
    this.#paint = paint;
  }

  show(entry: Entry): void {
    this.#add(renderForTerminal(entry, this.#columns(), this.#paint));
  }

  /** A second has passed: time in the status row, if any, has moved on. */
  tick(): void {
    if (this.#footer().status !== this.#status) this.refresh();
  }

  refresh(): void {
    if (this.#isClosed || this.#isWriting || this.#isSuspended) return;
    this.#timer ??= setTimeout(() => this.#frame(), FRAME_MS);
  }

  /** Ctrl+L: an empty screen, the footer on top. */
  clear(): void {
    this.#drawn = NOTHING_DRAWN;
    this.#add("\x1b[H\x1b[2J");
  }

  /** Leave the terminal to another program; what comes meanwhile is kept for `resume`. */
  suspend(): void {
    if (this.#isClosed || this.#isSuspended) return;
    this.#isSuspended = true;
    this.#putAway();
  }

  resume(): void {
    this.#isSuspended = false;
    this.#drawn = NOTHING_DRAWN;
    this.refresh();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.#isSuspended) this.#putAway();
  }

  #putAway(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#output.write(`${this.#eraseFooter()}${this.#takePending()}${PASTE_MARKS_OFF}`);
  }

  #add(text: string): void {
    if (this.#isClosed) return;
    this.#pending.push(text);
    this.refresh();
  }

  #frame(): void {
    this.#timer = undefined;
    const isTaken = this.#output.write(this.#eraseFooter() + this.#takePending() + this.#drawFooter());
    if (isTaken) return;
    this.#isWriting = true;
    this.#output.once("drain", () => {
      this.#isWriting = false;
      this.refresh();
    });
  }

  #takePending(): string {
    const text = this.#pending.join("").replaceAll("\n", "\r\n");
    this.#pending = [];
    return text;
  }

  /** Rows that became too wide since they were drawn have been broken into several by the terminal. */
  #eraseFooter(): string {
    const columns = this.#columns();
    const { widths, cursorRow, cursorColumn } = this.#drawn;
    const above = widths.slice(0, cursorRow).map((width) => Math.max(1, Math.ceil(width / columns)));
    const up = above.reduce((sum, rows) => sum + rows, 0) + Math.floor(cursorColumn / columns);
    return `\r${up > 0 ? `\x1b[${up}A` : ""}${ERASE_BELOW}`;
  }

  #drawFooter(): string {
    const columns = this.#columns() - 1;
    const { status, prompt, line } = this.#footer();
    this.#status = status;
    const maxRows = Math.max(1, Math.floor((this.#output.rows || DEFAULT_ROWS) / 2));
    const { rows, cursorRow, cursorColumn } = layoutLine(line, { prompt, columns, maxRows });
    const statusRows = status === "" ? [] : [truncate(status, columns)];
    const all = [...statusRows, ...rows];
    const row = statusRows.length + cursorRow;
    this.#drawn = { widths: all.map(columnsOf), cursorRow: row, cursorColumn };
    const up = all.length - 1 - row;
    const painted = [...statusRows.map((text) => this.#paint("console", text)), ...rows].join("\r\n");
    return `${PASTE_MARKS_ON}${painted}${up > 0 ? `\x1b[${up}A` : ""}\x1b[${cursorColumn + 1}G`;
  }

  #columns(): number {
    return this.#output.columns || DEFAULT_COLUMNS;
  }
}
