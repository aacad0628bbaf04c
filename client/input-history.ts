/** What the operator entered before, for the arrow keys. A line being typed is kept while looking back. */
import { appendFileSync, readFileSync } from "node:fs";
import { parseJson } from "../agents/protocol/message.ts";
import { EMPTY_LINE, lineOf, type TypedLine } from "./typed-line.ts";

const MAX_ENTRIES = 500;

export class InputHistory {
  readonly #entries: string[];
  readonly #onAdd: (text: string) => void;
  /** The entry being looked at; `#entries.length` is the line being typed. */
  #position: number;
  #typed: TypedLine = EMPTY_LINE;

  constructor(entries: readonly string[] = [], onAdd: (text: string) => void = () => {}) {
    this.#entries = entries.slice(-MAX_ENTRIES);
    this.#onAdd = onAdd;
    this.#position = this.#entries.length;
  }

  add(text: string): void {
    if (text.trim() !== "" && text !== this.#entries.at(-1)) {
      this.#entries.push(text);
      this.#onAdd(text);
    }
    this.#position = this.#entries.length;
    this.#typed = EMPTY_LINE;
  }

  /** `current` is what stands in the input line now. */
  older(current: TypedLine): TypedLine {
    if (this.#position === 0) return current;
    if (this.#position === this.#entries.length) this.#typed = current;
    return this.#lineAt(--this.#position);
  }

  /** The next older entry that holds `needle`; `current` when there is none. */
  search(needle: string, current: TypedLine): TypedLine {
    const found = this.#entries.slice(0, this.#position).findLastIndex((entry) => entry.includes(needle));
    if (found < 0) return current;
    if (this.#position === this.#entries.length) this.#typed = current;
    this.#position = found;
    return this.#lineAt(found);
  }

  newer(current: TypedLine): TypedLine {
    if (this.#position === this.#entries.length) return current;
    return this.#lineAt(++this.#position);
  }

  #lineAt(position: number): TypedLine {
    const text = this.#entries[position];
    return text === undefined ? this.#typed : lineOf(text);
  }
}

/** The entries of a file of JSON strings, one a line; what is not one is passed over. No file: none. */
export function loadEntries(path: string): string[] {
  return readOrEmpty(path)
    .split("\n")
    .map(parseJson)
    .filter((value) => typeof value === "string")
    .slice(-MAX_ENTRIES);
}

/** Readable by the operator alone: what was typed may be private. */
export function appendEntry(path: string, text: string): void {
  appendFileSync(path, `${JSON.stringify(text)}\n`, { mode: 0o600 });
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the first start, or not readable: the arrow keys begin with nothing
  }
}
