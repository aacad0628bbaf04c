/**
 * Takes a shell line apart into its simple commands, as bash would, for judging it without running it. What
 * it does not understand for certain it does not guess: the answer is undefined then.
 */

/** `isLiteral`: the text is exactly what the program gets; false when bash may expand it. */
export type Word = { text: string; isLiteral: boolean };

export type ShellCommand = {
  words: Word[];
  /** Files that output is redirected to. */
  outputs: Word[];
};

/** All commands of a line, those inside `$(...)` included. Undefined: loops, here-documents, functions and the like. */
export function parseShell(line: string): ShellCommand[] | undefined {
  try {
    return new Parser(line).commands();
  } catch (error) {
    if (error instanceof Unclear) return undefined;
    throw error;
  }
}

class Unclear extends Error {}

const SEPARATOR = /^(?:\|\||&&|\|&|[;|\n])/;
const REDIRECTION = /^(?:\d*(?:>>|>\||>&|<&|>|<)|&>>|&>)(?![<>&|(])[ \t]*/;
/** Characters that begin something this parser leaves to bash. */
const UNCLEAR = /^[(<>&`]/;
const VARIABLE = /^\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\}|[?$#!@*0-9])/;
const MAX_DEPTH = 8;

class Parser {
  #rest: string;
  #depth = 0;
  readonly #found: ShellCommand[] = [];

  constructor(line: string) {
    this.#rest = line;
  }

  commands(): ShellCommand[] {
    this.#list();
    if (this.#rest !== "") throw new Unclear();
    return this.#found;
  }

  /** Up to the end, or to a closing parenthesis. */
  #list(): void {
    let current: ShellCommand = { words: [], outputs: [] };
    while (this.#skipBlanks() && !this.#rest.startsWith(")")) {
      if (this.#take(SEPARATOR)) {
        this.#keep(current);
        current = { words: [], outputs: [] };
        continue;
      }
      const redirection = this.#take(REDIRECTION);
      if (redirection) this.#redirect(current, redirection);
      else current.words.push(this.#word());
    }
    this.#keep(current);
  }

  #keep(command: ShellCommand): void {
    if (command.words.length + command.outputs.length > 0) this.#found.push(command);
  }

  #redirect(command: ShellCommand, operator: string): void {
    const target = this.#word();
    const isInput = /^\d*<\s*$/.test(operator);
    const isDuplicate = /[<>]&\s*$/.test(operator) && target.isLiteral && /^(?:\d+|-)$/.test(target.text);
    if (!isInput && !isDuplicate) command.outputs.push(target);
  }

  #word(): Word {
    const bracket = this.#take(/^[[\]](?=[ \t\n;]|$)/); // alone it is a program, not a pattern
    if (bracket !== undefined) return { text: bracket, isLiteral: true };
    const word: Word = { text: "", isLiteral: true };
    while (this.#rest !== "" && !/^[ \t\n;|)]/.test(this.#rest)) {
      if (UNCLEAR.test(this.#rest)) {
        if (word.text !== "" && /^[<>&]/.test(this.#rest)) break;
        throw new Unclear();
      }
      this.#part(word);
    }
    return word;
  }

  #part(word: Word): void {
    const single = this.#take(/^'[^']*'/);
    if (single !== undefined) word.text += single.slice(1, -1);
    else if (this.#take(/^"/) !== undefined) this.#doubleQuoted(word);
    else if (this.#take(/^\\\n/) !== undefined) return;
    else if (this.#rest.startsWith("$")) this.#expansion(word);
    else {
      const escaped = this.#take(/^\\[\s\S]/);
      const plain = escaped ?? this.#need(/^[^'"\\$]/);
      if (!escaped && /[*?[\]{}~]/.test(plain)) word.isLiteral = false;
      word.text += plain.slice(-1);
    }
  }

  #doubleQuoted(word: Word): void {
    while (this.#take(/^"/) === undefined) {
      if (this.#rest.startsWith("$")) this.#expansion(word);
      else if (this.#take(/^\\\n/) === undefined) {
        word.text += this.#take(/^\\[$`"\\]/)?.slice(1) ?? this.#need(/^[^"`$]/);
      }
    }
  }

  #expansion(word: Word): void {
    word.isLiteral = false;
    if (this.#take(/^\$\((?!\()/) !== undefined) this.#substitution();
    else if (this.#take(VARIABLE) === undefined) {
      this.#need(/^\$(?=[\s"/:.,;|]|$)/); // a dollar sign that stands for itself
      word.text += "$";
    }
  }

  /** The commands inside `$(...)` belong to the line. */
  #substitution(): void {
    if (++this.#depth > MAX_DEPTH) throw new Unclear();
    this.#list();
    this.#need(/^\)/);
    this.#depth--;
  }

  /** False at the end. Comments count as blanks. */
  #skipBlanks(): boolean {
    while (this.#take(/^(?:[ \t]+|\\\n|#[^\n]*)/) !== undefined);
    return this.#rest !== "";
  }

  #take(pattern: RegExp): string | undefined {
    const match = pattern.exec(this.#rest)?.[0];
    if (match !== undefined) this.#rest = this.#rest.slice(match.length);
    return match;
  }

  #need(pattern: RegExp): string {
    const match = this.#take(pattern);
    if (match === undefined) throw new Unclear();
    return match;
  }
}
