/** What a terminal sends, as keys. Pure: bytes that are not a whole key yet are handed back to the caller. */

export type KeyName =
  | "enter"
  | "linefeed"
  | "newline"
  | "tab"
  | "backspace"
  | "delete"
  | "left"
  | "right"
  | "up"
  | "down"
  | "home"
  | "end"
  | "word-left"
  | "word-right"
  | "kill-word"
  | "kill-word-right"
  | "kill-to-start"
  | "kill-to-end"
  | "interrupt"
  | "end-of-input"
  | "redraw"
  | "search"
  | "marks-pastes"
  | "escape";

export type Key =
  | { kind: "text"; text: string }
  /** What the terminal marked as pasted, line breaks as `\n`. */
  | { kind: "paste"; text: string }
  | { kind: "press"; name: KeyName };

/** Asks the terminal whether it marks pastes (DECRQM); one that does answers with the key `marks-pastes`. */
export const ASK_PASTE_MARKS = "\x1b[?2004$p";
export const PASTE_START = "\x1b[200~";
const PASTE_END = "\x1b[201~";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a terminal sends
const TEXT = /^[^\x00-\x1f\x7f]+/;
/** CSI, SS3 and Alt sequences, whole. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const ESCAPE = /^\x1b(?:\[[0-?]*[ -/]*[@-~]|O[A-Za-z]|[^[O\x1b])/;
/** Longer than any sequence: what is still not whole was none. */
const MAX_SEQUENCE_CHARS = 32;

const KEYS: Readonly<Record<string, KeyName>> = {
  "\r": "enter",
  "\n": "linefeed",
  "\x1b\r": "newline",
  "\x1b\n": "newline",
  "\x1b[13;2u": "newline",
  "\x1b[13;3u": "newline",
  "\x1b[27;2;13~": "newline",
  "\t": "tab",
  "\x7f": "backspace",
  "\b": "backspace",
  "\x1b[3~": "delete",
  "\x1b[D": "left",
  "\x1bOD": "left",
  "\x02": "left",
  "\x1b[C": "right",
  "\x1bOC": "right",
  "\x06": "right",
  "\x1b[A": "up",
  "\x1bOA": "up",
  "\x10": "up",
  "\x1b[B": "down",
  "\x1bOB": "down",
  "\x0e": "down",
  "\x1b[H": "home",
  "\x1bOH": "home",
  "\x1b[1~": "home",
  "\x1b[7~": "home",
  "\x01": "home",
  "\x1b[F": "end",
  "\x1bOF": "end",
  "\x1b[4~": "end",
  "\x1b[8~": "end",
  "\x05": "end",
  "\x1b[1;5D": "word-left",
  "\x1b[1;3D": "word-left",
  "\x1bb": "word-left",
  "\x1b[1;5C": "word-right",
  "\x1b[1;3C": "word-right",
  "\x1bf": "word-right",
  "\x17": "kill-word",
  "\x1b\x7f": "kill-word",
  "\x1bd": "kill-word-right",
  "\x15": "kill-to-start",
  "\x0b": "kill-to-end",
  "\x03": "interrupt",
  "\x04": "end-of-input",
  "\x0c": "redraw",
  "\x12": "search",
  "\x1b[?2004;1$y": "marks-pastes",
  "\x1b[?2004;2$y": "marks-pastes",
};

/** The keys in `buffer`, and the start of one that is not complete; unknown sequences are dropped. */
export function decodeKeys(buffer: string): { keys: Key[]; rest: string } {
  const keys: Key[] = [];
  let rest = buffer;
  while (rest !== "") {
    const next = nextKey(rest);
    if (next === undefined) break;
    if (next.key) keys.push(next.key);
    rest = rest.slice(next.length);
  }
  return { keys, rest };
}

function nextKey(buffer: string): { key?: Key; length: number } | undefined {
  if (buffer.startsWith(PASTE_START)) return pastedKey(buffer);
  const text = TEXT.exec(buffer)?.[0];
  if (text !== undefined) return { key: { kind: "text", text }, length: text.length };
  const sequence = buffer[0] === "\x1b" ? ESCAPE.exec(buffer)?.[0] : buffer.charAt(0);
  if (sequence === undefined) return unfinished(buffer);
  const name = KEYS[sequence];
  return { ...(name && { key: { kind: "press", name } }), length: sequence.length };
}

function pastedKey(buffer: string): { key: Key; length: number } | undefined {
  const end = buffer.indexOf(PASTE_END, PASTE_START.length);
  if (end < 0) return undefined;
  const text = buffer.slice(PASTE_START.length, end).replaceAll(/\r\n?/g, "\n");
  return { key: { kind: "paste", text }, length: end + PASTE_END.length };
}

/** Escape followed by Escape was the key itself; a sequence that never ends was none. */
function unfinished(buffer: string): { key?: Key; length: number } | undefined {
  const isKey = buffer.startsWith("\x1b\x1b") || buffer.length > MAX_SEQUENCE_CHARS;
  return isKey ? { key: { kind: "press", name: "escape" }, length: 1 } : undefined;
}
