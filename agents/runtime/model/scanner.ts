/** Reads a text from its beginning to its end, each character once: values of JSON, arguments in the way of Python. */
import { parseJson } from "../../protocol/message.ts";
import type { SaidCall } from "./spoken.ts";

export class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  get next(): string {
    return this.#text[this.#at] ?? "";
  }

  /** What a sticky expression matches here; never nothing. */
  take(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#text);
    if (!match?.[0]) return null;
    this.#at += match[0].length;
    return match;
  }

  takeText(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** All before `end`, which is passed; undefined when it does not come. */
  until(end: string): string | undefined {
    const index = this.#text.indexOf(end, this.#at);
    if (index < 0) return undefined;
    const value = this.#text.slice(this.#at, index);
    this.#at = index + end.length;
    return value;
  }

  /** The value that begins here with a bracket; undefined when it does not end, or is none. */
  json(): unknown {
    const end = this.#endOfValue();
    if (end === undefined) return undefined;
    const value = parseJson(this.#text.slice(this.#at, end));
    if (value !== undefined) this.#at = end;
    return value;
  }

  #endOfValue(): number | undefined {
    let depth = 0;
    for (let at = this.#at; at < this.#text.length; at++) {
      const character = this.#text[at];
      if (character === '"') at = this.#endOfString(at);
      else if (character === "{" || character === "[") depth++;
      else if ((character === "}" || character === "]") && --depth === 0) return at + 1;
    }
    return undefined;
  }

  /** The place of the closing quote. */
  #endOfString(start: number): number {
    const quote = this.#text[start];
    for (let at = start + 1; at < this.#text.length; at++) {
      if (this.#text[at] === "\\") at++;
      else if (this.#text[at] === quote) return at;
    }
    return this.#text.length;
  }

  /** `path="/app", lines=3)`: behind the opening bracket of a call, as Python writes it. */
  keywords(name: string): SaidCall[] | undefined {
    const args: Record<string, unknown> = {};
    for (;;) {
      while (this.take(/[\s,]/y));
      if (this.takeText(")")) return [{ name, args }];
      const key = this.take(/([A-Za-z_]\w{0,63}) ?= ?/y)?.[1];
      const value = key && this.#literal();
      if (!key || value === undefined) return undefined;
      args[key] = value;
    }
  }

  #literal(): unknown {
    if (this.next === '"' || this.next === "'") return this.#string();
    if (this.next === "{" || this.next === "[") return this.json();
    const word = this.take(/True|False|None|true|false|null|-?\d{1,15}(?:\.\d{1,15})?/y)?.[0];
    if (word === undefined) return undefined;
    return parseJson(word.replace("None", "null").toLowerCase());
  }

  #string(): string | undefined {
    const quote = this.next;
    const end = this.#endOfString(this.#at);
    const inner = this.#text.slice(this.#at + 1, end);
    if (end >= this.#text.length) return undefined;
    const value = parseJson(
      `"${quote === "'" ? inner.replaceAll("\\'", "'").replaceAll('"', '\\"') : inner}"`,
    );
    if (typeof value !== "string") return undefined;
    this.#at = end + 1;
    return value;
  }
}
