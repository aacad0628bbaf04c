/**
 * Reads the tables of what only reads, and asks them. A line of a table is `program sub-commands : options : operands`;
 * read-programs.ts tells how they are written. What no line allows is not reading.
 */
import { isWordList, type Kind, kindOf } from "./read-kinds.ts";
import { mayBeOption, maySplit } from "./shell-values.ts";

type Operand = { kind: Kind; times: "1" | "?" | "*" };
export type Line = {
  program: string;
  /** Alternatives for each of the first operands. */
  words: string[][];
  flags: Set<string>;
  /** With a value; `attached`: only in the same word, and only if there is one. */
  valued: Map<string, { kind: Kind; attached: boolean }>;
  /** One of these must be there. */
  needed: string[];
  operands: Operand[];
  /** Whatever follows the words only reads. */
  isFree: boolean;
  /** As it was written, for whoever makes lines from it. */
  source: { options: string[]; operands: string[] };
};

/** Line by line; a line that says nothing to its end is a mistake of the table. */
export function readTable(table: string): Line[] {
  return table
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .flatMap(readLine);
}

function readLine(text: string): Line[] {
  const [head = "", options = "", operands = ""] = text.split(/ :(?= |$)/).map((part) => part.trim());
  const [programs = "", ...words] = head.split(" ");
  const tokens = options.split(" ").filter(Boolean);
  const places = operands.split(" ").filter(Boolean);
  // any word may then stand where one of these was meant
  if (places.some((place, at) => isOptionalWords(place) && at < places.length - 1))
    throw new Error(`a table of programs has an optional word before others: ${text}`);
  const line = {
    words: words.map((word) => word.split("|")),
    flags: new Set<string>(),
    valued: new Map<string, { kind: Kind; attached: boolean }>(),
    needed: [] as string[],
    operands: places.map(operandOf),
    isFree: tokens.includes("free"),
    source: { options: tokens, operands: places },
  };
  for (const token of tokens) if (token !== "free") addOption(line, token);
  return programs.split("|").map((program) => ({ ...line, program }));
}

function isOptionalWords(place: string): boolean {
  return place.endsWith("?") && isWordList(place.slice(0, -1));
}

function addOption(
  { flags, valued, needed }: Pick<Line, "flags" | "valued" | "needed">,
  token: string,
): void {
  const isNeeded = token.startsWith("!");
  const [name = "", value] = splitOnce(isNeeded ? token.slice(1) : token, "=", 1);
  const attached = name.endsWith("?");
  const bare = attached ? name.slice(0, -1) : name;
  const isWord = bare.startsWith("=");
  const names = isWord
    ? [bare.slice(1)]
    : bare.startsWith("--")
      ? [bare]
      : [...bare.slice(1)].map((c) => `-${c}`);
  for (const [index, option] of names.entries()) {
    if (value === undefined || index < names.length - 1) flags.add(option);
    else valued.set(option, { kind: kindOf(value), attached });
    if (isNeeded) needed.push(option);
  }
}

function splitOnce(text: string, by: string, from: number): [string, string?] {
  const at = text.indexOf(by, from);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function operandOf(token: string): Operand {
  const times = /[?*]$/.test(token) && token.length > 1 ? (token.at(-1) as "?" | "*") : "1";
  return { kind: kindOf(times === "1" ? token : token.slice(0, -1)), times };
}

/** True when the arguments are what the line allows. */
export function allows(line: Line, args: readonly string[]): boolean {
  if (line.isFree) return line.words.every((words, index) => words.includes(args[index] ?? ""));
  const found = parse(line, args);
  if (!found) return false;
  const { operands, used } = found;
  if (line.needed.length > 0 && !line.needed.some((option) => used.has(option))) return false;
  if (!line.words.every((words, index) => words.includes(operands[index] ?? ""))) return false;
  return fits(line.operands, operands.slice(line.words.length));
}

/** For a program whose options end at the first other word: what follows them. Undefined: one is not in the line. */
export function operandsAfterOptions(line: Line, args: readonly string[]): string[] | undefined {
  let at = 0;
  while (at < args.length) {
    const arg = args[at] ?? "";
    if (arg === "--") return args.slice(at + 1);
    if (!/^-/.test(arg)) break;
    const taken = arg === "-" ? undefined : takeOption(line, arg, args[at + 1]);
    if (!taken) return undefined;
    at += taken.takesNext ? 2 : 1;
  }
  return args.slice(at);
}

type Found = { operands: string[]; used: Set<string> };

function parse(line: Line, args: readonly string[]): Found | undefined {
  const found: Found = { operands: [], used: new Set() };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "--") {
      found.operands.push(...args.slice(at + 1));
      return found;
    }
    if (!/^-./s.test(arg)) {
      if (mayBeOption(arg) && arg !== "-") return undefined;
      found.operands.push(arg);
      continue;
    }
    const taken = takeOption(line, arg, args[at + 1]);
    if (!taken) return undefined;
    for (const option of taken.options) found.used.add(option);
    if (taken.takesNext) at++;
  }
  return found;
}

type Taken = { options: string[]; takesNext: boolean };

/** Undefined: not allowed. */
function takeOption(line: Line, arg: string, next: string | undefined): Taken | undefined {
  const { flags, valued } = line;
  const takeValue = (option: string, value: string | undefined, takesNext: boolean): Taken | undefined =>
    value !== undefined && !maySplit(value) && valued.get(option)?.kind(value)
      ? { options: [option], takesNext }
      : undefined;
  if (flags.has(arg) || valued.get(arg)?.attached) return { options: [arg], takesNext: false };
  if (valued.has(arg)) return takeValue(arg, next, true);
  if (arg.startsWith("--")) {
    const [name, value] = splitOnce(arg, "=", 2);
    return takeValue(name, value, false);
  }
  if (flags.has("-#") && /^-\d+$/.test(arg)) return { options: ["-#"], takesNext: false };
  const options: string[] = [];
  for (let at = 1; at < arg.length; at++) {
    const option = `-${arg[at]}`;
    options.push(option);
    if (flags.has(option)) continue;
    const rest = arg.slice(at + 1);
    if (valued.get(option)?.attached && rest === "") return { options, takesNext: false };
    const taken = takeValue(option, rest || next, rest === "");
    return taken && { ...taken, options };
  }
  return { options, takesNext: false };
}

function fits(places: readonly Operand[], operands: readonly string[]): boolean {
  let at = 0;
  for (const { kind, times } of places) {
    if (times === "*") {
      while (at < operands.length && kind(operands[at] ?? "")) at++;
      continue;
    }
    const isThere = at < operands.length && kind(operands[at] ?? "");
    if (!isThere && times === "1") return false;
    if (isThere) at++;
  }
  return at === operands.length;
}
