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

const [SPACE, BREAK] = [" ", "\n"];

/** The same text, of the same length, with everything in comments, strings and heredocs blank; their outer quotes stay. */
function masks(text: string): string {
  const out: string[] = [];
  const open: number[] = [];
  let at = 0;
  const blank = (to: number) => {
    out.push(SPACE.repeat(to - at));
    at = to;
  };
  while (at < text.length) {
    const top = open.at(-1);
    if (top === -1) at = inString(text, at, { open, out });
    else if (text[at] === "#" || text.startsWith("//", at)) blank(found(text, BREAK, at));
    else if (text.startsWith("/*", at)) blank(Math.min(found(text, "*/", at + 2) + 2, text.length));
    else if (text.startsWith("<<", at) && heredocEnd(text, at) > at) blank(heredocEnd(text, at));
    else at = inCode(text, at, { open, out });
  }
  return out.join("");
}

function found(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at === -1 ? text.length : at;
}

/** `open`: of each open string or interpolation -1 for a string, else how many braces are open in the interpolation. */
type Masking = { open: number[]; out: string[] };

function inString(text: string, at: number, { open, out }: Masking): number {
  const two = text.slice(at, at + 2);
  const size = two[0] === "\\" || ["$$", "%%", "${", "%{"].includes(two) ? 2 : 1;
  if (two === "${" || two === "%{") open.push(0);
  const isEnd = two[0] === '"';
  if (isEnd) open.pop();
  out.push(isEnd && open.length === 0 ? '"' : SPACE.repeat(Math.min(size, text.length - at)));
  return at + size;
}

function inCode(text: string, at: number, { open, out }: Masking): number {
  const char = text[at] ?? "";
  const depth = open.at(-1);
  const isInside = depth !== undefined;
  if (char === '"') open.push(-1);
  else if (isInside && char === "{") open[open.length - 1] = depth + 1;
  else if (isInside && char === "}") {
    if (depth === 0) open.pop();
    else open[open.length - 1] = depth - 1;
  }
  out.push(isInside ? SPACE : char);
  return at + 1;
}

/** Behind the last line of the heredoc that begins here, or the same place when none does. */
function heredocEnd(text: string, at: number): number {
  const lineEnd = text.indexOf(BREAK, at);
  if (lineEnd === -1) return at;
  const [, word] = /^<<-?([A-Za-z_][\w-]*)\r?$/.exec(text.slice(at, Math.min(lineEnd, at + 200))) ?? [];
  if (word === undefined) return at;
  let start = lineEnd + 1;
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
    const isLabel = isLetter(char) || isDigit(char) || char === '"' || char === SPACE || char === "\t";
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
