/**
 * Finds the blocks of a text in HCL, Terraform's language, in one pass: enough to say which commands a resource runs.
 * Comments, strings and heredocs are recognised, so that nothing in them is taken for a block; values are not read.
 */

export type HclBlock = { type: string; labels: string[] /** The text between its braces. */; body: string };

/** Those that stand directly in the text; of broken text what can be told. */
export function hclBlocks(text: string): HclBlock[] {
  const masked = masks(text);
  const blocks: HclBlock[] = [];
  let at = 0;
  while (at < text.length) {
    const word = wordAt(masked, at);
    if (word === "") {
      at++;
      continue;
    }
    const head = headAt(masked, at + word.length);
    if (head.kind === "value") {
      at = endOfValue(masked, head.at);
      continue;
    }
    if (head.kind === "other") {
      at = head.at;
      continue;
    }
    const end = closing(masked, head.open);
    const labels = text.slice(at + word.length, head.open).trim();
    blocks.push({ type: word, labels: labelsIn(labels), body: text.slice(head.open + 1, end) });
    at = end + 1;
  }
  return blocks;
}

/** What stands for the attribute, as written, or undefined. */
export function hclAttribute(body: string, name: string): string | undefined {
  const masked = masks(body);
  let at = 0;
  while (at < body.length) {
    const word = wordAt(masked, at);
    if (word === "") {
      at++;
      continue;
    }
    const head = headAt(masked, at + word.length);
    if (head.kind === "block") at = closing(masked, head.open) + 1;
    else if (head.kind === "other") at = head.at;
    else {
      const end = endOfValue(masked, head.at);
      if (word === name)
        return body.slice(head.at, head.at + masked.slice(head.at, end).trimEnd().length).trim();
      at = end;
    }
  }
  return undefined;
}

const BREAK = "\n";
/** Of the name of a heredoc. */
const MAX_WORD = 200;
const [SPACE, QUOTE, HASH, DOLLAR, PERCENT, STAR] = [0x20, 0x22, 0x23, 0x24, 0x25, 0x2a];
const [SLASH, LESS, BACKSLASH, OPEN, CLOSE, LETTER] = [0x2f, 0x3c, 0x5c, 0x7b, 0x7d, 0x78];

/** `open`: of each open string or interpolation -1 for a string, else how many braces are open in the interpolation. */
type Masking = { open: number[]; out: Buffer };

/** The same text, of the same length, with everything in comments, strings and heredocs blank; their outer quotes stay. */
function masks(text: string): string {
  const masking = { open: [], out: Buffer.alloc(text.length, SPACE) } satisfies Masking;
  let at = 0;
  while (at < text.length) at = isInString(masking) ? inString(text, at, masking) : inCode(text, at, masking);
  return masking.out.toString("latin1");
}

function isInString({ open }: Masking): boolean {
  return open.length > 0 && open[open.length - 1] === -1;
}

function inString(text: string, at: number, { open, out }: Masking): number {
  const code = text.charCodeAt(at);
  if (code === BACKSLASH) return at + 2;
  if (code === DOLLAR || code === PERCENT) {
    const next = text.charCodeAt(at + 1);
    if (next === OPEN) open.push(0);
    return next === OPEN || next === code ? at + 2 : at + 1;
  }
  if (code === QUOTE) {
    open.pop();
    if (open.length === 0) out[at] = code;
  }
  return at + 1;
}

function inCode(text: string, at: number, { open, out }: Masking): number {
  const code = text.charCodeAt(at);
  const skipped = skippedEnd(text, at, code);
  if (skipped > at) return skipped;
  const inner = open.length - 1; // of an interpolation, when not -1
  if (inner === -1) out[at] = code < 128 ? code : LETTER;
  if (code === QUOTE) open.push(-1);
  else if (inner >= 0 && code === OPEN) open[inner] = (open[inner] ?? 0) + 1;
  else if (inner >= 0 && code === CLOSE) {
    if (open[inner] === 0) open.pop();
    else open[inner] = (open[inner] ?? 0) - 1;
  }
  return at + 1;
}

/** Behind the comment or heredoc that begins here, or the same place. */
function skippedEnd(text: string, at: number, code: number): number {
  if (code === HASH) return found(text, BREAK, at);
  const next = text.charCodeAt(at + 1);
  if (code === SLASH && next === SLASH) return found(text, BREAK, at);
  if (code === SLASH && next === STAR) return Math.min(found(text, "*/", at + 2) + 2, text.length);
  return code === LESS && next === LESS ? heredocEnd(text, at) : at;
}

function found(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at === -1 ? text.length : at;
}

/** Behind the last line of the heredoc that begins here, or the same place when none does. */
function heredocEnd(text: string, at: number): number {
  if (text.charCodeAt(at + 2) === LESS) return at;
  const head = /^<<-?([A-Za-z_][\w-]*)\r?\n/.exec(text.slice(at, at + MAX_WORD));
  const [begin = "", word = ""] = head ?? [];
  if (word === "") return at;
  let start = at + begin.length;
  while (start < text.length) {
    const end = found(text, BREAK, start);
    if (end - start < 1_000 && text.slice(start, end).trim() === word) return end;
    start = end + 1;
  }
  return text.length;
}

/** The identifier that begins here; none in the midst of another. */
function wordAt(masked: string, at: number): string {
  if (!isLetter(masked[at]) || isLetter(masked[at - 1]) || isDigit(masked[at - 1])) return "";
  let end = at;
  while (isLetter(masked[end]) || isDigit(masked[end])) end++;
  return masked.slice(at, end);
}

type Head = { kind: "block"; open: number } | { kind: "value"; at: number } | { kind: "other"; at: number };

/** What follows an identifier: labels and a brace, a value, or neither. */
function headAt(masked: string, from: number): Head {
  for (let at = from; at < masked.length; at++) {
    const char = masked[at] ?? "";
    if (char === "{") return { kind: "block", open: at };
    if (char === "=" && masked[at + 1] !== "=") return { kind: "value", at: at + 1 };
    const isLabel = isLetter(char) || isDigit(char) || char === '"' || char === " " || char === "\t";
    if (!isLabel) return { kind: "other", at };
  }
  return { kind: "other", at: masked.length };
}

/** The end of the line, but not within brackets. */
function endOfValue(masked: string, from: number): number {
  let depth = 0;
  for (let at = from; at < masked.length; at++) {
    const char = masked[at] ?? "";
    if ("([{".includes(char)) depth++;
    else if (")]}".includes(char)) {
      if (depth === 0) return at;
      depth--;
    } else if (char === BREAK && depth === 0) return at;
  }
  return masked.length;
}

function closing(masked: string, open: number): number {
  let depth = 0;
  for (let at = open; at < masked.length; at++) {
    if (masked[at] === "{") depth++;
    else if (masked[at] === "}" && --depth === 0) return at;
  }
  return masked.length;
}

function labelsIn(text: string): string[] {
  return text.match(/"[^"]*"|[^\s"]+/g)?.map((label) => label.replaceAll('"', "")) ?? [];
}

function isLetter(char: string | undefined): boolean {
  return (
    char !== undefined &&
    ((char >= "a" && char <= "z") || (char >= "A" && char <= "Z") || char === "_" || char === "-")
  );
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= "0" && char <= "9";
}
