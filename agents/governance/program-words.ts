/**
 * The words of each simple command in a piece of shell text, as well as they can be seen without running it.
 * Lenient on purpose: it points a model at the right tool and is no border. What judges effects is strict.
 */

export type ProgramWords = {
  /** Without assignments' quotes, redirections and comments. */
  words: string[];
  /** Here-documents that the command reads. */
  input: string[];
};

/** Substitutions nested deeper are not looked into. */
const MAX_DEPTH = 20;

/** All commands, those inside `$(...)`, backticks and `<(...)` included. */
export function programWords(text: string, depth = 0): ProgramWords[] {
  return depth > MAX_DEPTH ? [] : new Scanner(text, depth).scan();
}

const HERE = /^\d*<<-?\s*(?:'([^'\n]+)'|"([^"\n]+)"|\\?([\w.-]+))/;
const REDIRECTION = /^(?:\d*|&)[<>]+[&|]?[ \t]*/;

class Scanner {
  readonly #text: string;
  readonly #depth: number;
  readonly #commands: ProgramWords[] = [];
  /** Where each here-document of this line goes, and the word that ends it. */
  #awaited: { command: ProgramWords; end: string }[] = [];
  #command: ProgramWords = { words: [], input: [] };
  #word: string | undefined;
  #isTarget = false;
  #at = 0;

  constructor(text: string, depth: number) {
    this.#text = text;
    this.#depth = depth;
  }

  scan(): ProgramWords[] {
    while (this.#at < this.#text.length) this.#step();
    this.#endCommand();
    return this.#commands;
  }

  #step(): void {
    const rest = this.#text.slice(this.#at, this.#at + 200);
    const inside = this.#at + (rest[0] === "`" ? 1 : 2);
    if (/^(?:\$|[<>])\(/.test(rest)) this.#substitute(inside, closing(this.#text, inside, ")"));
    else if (rest[0] === "`") this.#substitute(inside, this.#find("`", inside));
    else if (rest[0] === "'") this.#take(this.#text.slice(this.#at + 1, this.#find("'", this.#at + 1)), 2);
    else if (rest[0] === '"') this.#doubleQuoted();
    else if (rest.startsWith("\\\n")) this.#at += 2;
    else if (rest[0] === "\\") this.#take(rest.slice(1, 2), 1);
    else if (rest[0] === "#" && this.#word === undefined) this.#at = this.#find("\n", this.#at);
    else if (this.#word !== undefined || !this.#redirect(rest)) this.#plain(rest.slice(0, 1));
  }

  #plain(char: string): void {
    if (/[<>]/.test(char)) {
      this.#endWord(); // what follows is a redirection
      return;
    }
    this.#at++;
    if (/[ \t]/.test(char)) this.#endWord();
    else if (/[;|&()\n]/.test(char)) this.#endCommand();
    else this.#word = (this.#word ?? "") + char;
    if (char === "\n") this.#readHereDocuments();
  }

  #redirect(rest: string): boolean {
    const here = rest.startsWith("<<<") ? null : HERE.exec(rest);
    const end = here?.[1] ?? here?.[2] ?? here?.[3];
    if (end !== undefined) this.#awaited.push({ command: this.#command, end });
    const operator = here ?? REDIRECTION.exec(rest);
    if (!operator) return false;
    this.#at += operator[0].length;
    this.#isTarget = here === null;
    return true;
  }

  #readHereDocuments(): void {
    for (const { command, end } of this.#awaited) {
      const lines = this.#text.slice(this.#at).split("\n");
      const last = lines.findIndex((line) => line.trim() === end);
      const body = lines.slice(0, last === -1 ? lines.length : last);
      command.input.push(body.join("\n"));
      this.#at += lines.slice(0, body.length + 1).join("\n").length + 1;
    }
    this.#awaited = [];
  }

  #doubleQuoted(): void {
    const end = closing(this.#text, this.#at + 1, '"');
    const inner = this.#text.slice(this.#at + 1, end);
    for (let at = 0; at < inner.length; at++) {
      const close = inner.startsWith("$(", at) ? closing(inner, at + 2, ")") : inner.indexOf("`", at + 1);
      if (inner[at] === "\\") at++;
      else if (inner.startsWith("$(", at) || inner[at] === "`") {
        const start = inner[at] === "`" ? at + 1 : at + 2;
        this.#commands.push(
          ...programWords(inner.slice(start, close === -1 ? undefined : close), this.#depth + 1),
        );
        at = close === -1 ? inner.length : close;
      }
    }
    this.#word = (this.#word ?? "") + inner.replaceAll(/\\([$`"\\])/g, "$1");
    this.#at = end + 1;
  }

  #substitute(start: number, end: number): void {
    this.#commands.push(...programWords(this.#text.slice(start, end), this.#depth + 1));
    this.#word = `${this.#word ?? ""}$()`;
    this.#at = end + 1;
  }

  #take(text: string, extra: number): void {
    this.#word = (this.#word ?? "") + text;
    this.#at += text.length + extra;
  }

  #find(char: string, from: number): number {
    const at = this.#text.indexOf(char, from);
    return at === -1 ? this.#text.length : at;
  }

  #endWord(): void {
    if (this.#word !== undefined && !this.#isTarget) this.#command.words.push(this.#word);
    if (this.#word !== undefined) this.#isTarget = false;
    this.#word = undefined;
  }

  #endCommand(): void {
    this.#endWord();
    this.#isTarget = false;
    if (this.#command.words.length > 0) this.#commands.push(this.#command);
    this.#command = { words: [], input: [] };
  }
}

/** Where what was opened before `from` closes; the end of the text when it does not. */
function closing(text: string, from: number, closer: ")" | '"'): number {
  const open = [closer];
  for (let at = from; at < text.length; at++) {
    const isCode = open.at(-1) === ")";
    if (text[at] === "\\") at++;
    else if (text[at] === open.at(-1)) open.pop();
    else if ((isCode && text[at] === "(") || text.startsWith("$(", at - 1)) open.push(")");
    else if (isCode && text[at] === '"') open.push('"');
    else if (isCode && text[at] === "'") at = Math.max(at, text.indexOf("'", at + 1));
    if (open.length === 0) return at;
  }
  return text.length;
}
