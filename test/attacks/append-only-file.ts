/** The append-only file of a Redis that runs, read bit by bit: what it was told to write, word for word. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export type Written = { text: string; commands: string[][] };

export class AppendOnlyFile {
  readonly #path: string;
  /** In bytes: all before it has been read. */
  #at = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The whole commands since the last time. One that Redis is just writing is left for the next. */
  read(): Written {
    const text = this.#unread();
    const { commands, end } = commandsIn(text);
    this.#at += end;
    return { text: text.slice(0, end), commands };
  }

  /** A character for each byte. */
  #unread(): string {
    const descriptor = openSync(this.#path, "r");
    try {
      const bytes = Buffer.alloc(fstatSync(descriptor).size - this.#at);
      return bytes.toString("latin1", 0, readSync(descriptor, bytes, 0, bytes.length, this.#at));
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Arrays of bulk strings, with comments between; `end` is behind the last that is whole. */
function commandsIn(text: string): { commands: string[][]; end: number } {
  const commands: string[][] = [];
  let end = 0;
  for (let line = lineAt(text, end); line !== undefined; line = lineAt(text, end)) {
    if (line.startsWith("*")) {
      const found = wordsAt(text, end + line.length + 2, Number(line.slice(1)));
      if (!found) break;
      commands.push(found.words);
      end = found.end;
    } else if (line.startsWith("#")) end += line.length + 2;
    else throw new Error(`not the beginning of a command: ${line.slice(0, 80)}`);
  }
  return { commands, end };
}

function wordsAt(text: string, start: number, count: number): { words: string[]; end: number } | undefined {
  const words: string[] = [];
  let end = start;
  while (words.length < count) {
    const head = lineAt(text, end);
    if (head === undefined) return undefined;
    const from = end + head.length + 2;
    const to = from + Number(head.slice(1));
    if (to + 2 > text.length) return undefined;
    words.push(Buffer.from(text.slice(from, to), "latin1").toString());
    end = to + 2;
  }
  return { words, end };
}

/** Without its end; none where the end is not written yet. */
function lineAt(text: string, start: number): string | undefined {
  const end = text.indexOf("\r\n", start);
  return end < 0 ? undefined : text.slice(start, end);
}
