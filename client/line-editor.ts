/**
 * Keys in, whole inputs out. It owns the rule of what belongs together: an Enter sends only when nothing
 * follows it at once, so that a paste is one message on terminals that do not mark pastes as well. It has no
 * clock: `settle()` is called when the input has been quiet for a moment.
 */
import { completeLine } from "./completion.ts";
import type { InputHistory } from "./input-history.ts";
import { decodeKeys, type Key, type KeyName, PASTE_START } from "./keys.ts";
import { type Answer, answerOf, type Question } from "./question.ts";
import {
  EMPTY_LINE,
  editLine,
  insertPaste,
  insertText,
  lineOf,
  lineText,
  moveRow,
  type TypedLine,
} from "./typed-line.ts";

export type EditorListener = {
  onSubmit: (text: string) => void;
  /** Ctrl+C on an empty line; `isAgain` when nothing was pressed since the last one. */
  onInterrupt: (isAgain: boolean) => void;
  /** Ctrl+D on an empty line. */
  onEnd: () => void;
  /** Ctrl+L. */
  onRedraw: () => void;
};

export class LineEditor {
  line: TypedLine = EMPTY_LINE;
  question: Question | undefined;
  readonly #history: InputHistory;
  readonly #listener: EditorListener;
  #rest = "";
  #isQuiet = true;
  #isEnterHeld = false;
  #isWarned = false;
  /** What Ctrl+R looks for, while it is pressed again and again. */
  #needle: string | undefined;
  /** The terminal marks pastes: whatever else it sends was typed, however fast. */
  #marksPastes = false;

  constructor(history: InputHistory, listener: EditorListener) {
    this.#history = history;
    this.#listener = listener;
  }

  /** What the terminal sent. */
  feed(chunk: string): void {
    if (chunk === "\x03" && this.#rest.startsWith(PASTE_START)) this.#rest = ""; // a paste without an end
    const { keys, rest } = decodeKeys(this.#rest + chunk);
    this.#rest = rest;
    const isBurst = keys.length > 1 || !this.#isQuiet;
    this.#isQuiet = false;
    for (const key of keys) this.#take(key, isBurst);
  }

  /** Nothing more came: what was held is meant as it is. */
  settle(): void {
    this.#isQuiet = true;
    if (this.#rest === "\x1b") {
      this.#rest = "";
      this.#take({ kind: "press", name: "escape" }, false);
    }
    this.#submitHeld();
  }

  /** Put a text that was not sent back, before what has been typed since. */
  restore(text: string): void {
    const typed = lineText(this.line);
    this.line = lineOf(typed === "" ? text : `${text}\n${typed}`);
  }

  #take(key: Key, isBurst: boolean): void {
    if (this.#answer(key) === "dismiss") this.#edit(key, isBurst);
    if (key.kind !== "press" || key.name !== "interrupt") this.#isWarned = false;
  }

  #edit(key: Key, isBurst: boolean): void {
    if (this.#isEnterHeld) this.#afterHeldEnter(key);
    if (key.kind !== "press" || key.name !== "search") this.#needle = undefined;
    if (key.kind === "text") this.line = insertText(this.line, key.text);
    else if (key.kind === "paste") this.line = insertPaste(this.line, key.text);
    else if (!this.#isActedOn(key.name, isBurst)) this.line = this.#press(key.name, isBurst);
  }

  /** The Enter before more text was a line break of that text. */
  #afterHeldEnter(key: Key): void {
    if (key.kind === "press" && !["enter", "linefeed", "tab"].includes(key.name)) {
      this.#submitHeld();
      return;
    }
    this.#isEnterHeld = false;
    this.line = insertText(this.line, "\n");
  }

  #submitHeld(): void {
    if (!this.#isEnterHeld) return;
    this.#isEnterHeld = false;
    const text = lineText(this.line);
    this.line = EMPTY_LINE;
    this.#history.add(text);
    this.#listener.onSubmit(text);
  }

  /** The keys that do something else than edit. A line feed is Ctrl+J when it comes alone. */
  #isActedOn(name: KeyName, isBurst: boolean): boolean {
    const isEmpty = this.line.cells.length === 0;
    if (name === "enter" || (name === "linefeed" && isBurst && !this.#marksPastes)) this.#enter(isEmpty);
    else if (name === "interrupt") this.#interrupt();
    else if (name === "end-of-input" && isEmpty) this.#listener.onEnd();
    else if (name === "redraw") this.#listener.onRedraw();
    else if (name === "marks-pastes") this.#marksPastes = true;
    else return false;
    return true;
  }

  #enter(isEmpty: boolean): void {
    this.#isEnterHeld = !isEmpty;
    if (this.#marksPastes) this.#submitHeld();
  }

  #press(name: KeyName, isBurst: boolean): TypedLine {
    const { line } = this;
    switch (name) {
      case "linefeed":
      case "newline":
        return insertText(line, "\n");
      case "tab":
        return completeLine(line) ?? (isBurst ? insertText(line, "\t") : line);
      case "up":
        return moveRow(line, "up") ?? this.#history.older(line);
      case "down":
        return moveRow(line, "down") ?? this.#history.newer(line);
      case "search":
        this.#needle ??= lineText(line);
        return this.#history.search(this.#needle, line);
      case "end-of-input":
        return editLine(line, "delete");
      default:
        return editLine(line, name);
    }
  }

  /** What is cleared away can be had back with the arrow keys. */
  #interrupt(): void {
    if (this.line.cells.length === 0) {
      this.#listener.onInterrupt(this.#isWarned);
      this.#isWarned = true;
      return;
    }
    this.#history.add(lineText(this.line));
    this.line = EMPTY_LINE;
  }

  /** Without a question there is nothing to answer: the key is an ordinary one. */
  #answer(key: Key): Answer {
    const { question } = this;
    const answer = question ? answerOf(key) : "dismiss";
    this.question = undefined;
    question?.onAnswer(answer);
    return answer;
  }
}
