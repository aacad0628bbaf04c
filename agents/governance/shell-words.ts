/** What a word of the shell can become, as far as that is certain before it runs: alternatives, each a list of words. */
import type {
  DoubleQuotedChild,
  ParameterExpansionPart,
  ParsedScript,
  Word,
  WordPart,
} from "./shell-parser.ts";
import { ANY, GLOB, NUMBER, quotedValue, SPLIT, sessionVariable, unquotedValue } from "./shell-values.ts";
import type { Bindings } from "./shell-variables.ts";

/** More alternatives than these are "anything". */
const MAX_ALTERNATIVES = 64;
const MAX_DEPTH = 12;

export type WordContext = {
  bindings: Bindings;
  /** Variables that have one of their values for certain where the word stands. */
  definiteAt(word: Word): ReadonlySet<string>;
  /** Counts one value that is looked at; throws RangeError when there were too many. */
  spend(): void;
  /** What a substitution can give; SPLIT when that is not known. */
  outputOf(script: ParsedScript | undefined): string;
};

type Place = { context: WordContext; depth: number; definite: ReadonlySet<string>; splits: boolean };

/** The words that one word becomes. Each alternative is complete; a word with a hole may be more than one. */
export function wordsOf(word: Word, context: WordContext, depth = 0): string[][] {
  const place = { context, depth, definite: context.definiteAt(word), splits: true };
  const parts = partsOf(word);
  const brace = parts.findIndex(({ type }) => type === "BraceExpansion");
  if (brace === -1)
    return textsOf(parts, place).map((text) => (text === "" && !isQuoted(parts) ? [] : [text]));
  const before = parts.slice(0, brace);
  const after = parts.slice(brace + 1);
  const lists = braceItems(parts[brace]?.text ?? "").map((value) => {
    const item: WordPart = { type: "Literal", pos: word.pos, end: word.end, value, text: value };
    return textsOf([...before, item, ...after], place);
  });
  return [lists.map((texts) => (texts.length === 1 && texts[0] ? texts[0] : SPLIT))];
}

/** The same where bash does not split: assignments and the like. */
export function textsOfWord(word: Word, context: WordContext, depth = 0): string[] {
  return textsOf(partsOf(word), { context, depth, definite: context.definiteAt(word), splits: false });
}

export function textsOfParts(parts: readonly WordPart[], context: WordContext, at: Word): string[] {
  return textsOf(parts, { context, depth: 0, definite: context.definiteAt(at), splits: false });
}

export function partsOf(word: Word): readonly WordPart[] {
  if (word.parts) return word.parts;
  return [{ type: "Literal", pos: word.pos, end: word.end, value: word.value, text: word.text }];
}

function isQuoted(parts: readonly WordPart[]): boolean {
  return (
    parts.some(({ type }) => /Quoted$|^LocaleString$/.test(type)) || parts[0]?.text.startsWith('"') === true
  );
}

function textsOf(parts: readonly WordPart[], place: Place): string[] {
  let texts = [""];
  for (const [index, part] of parts.entries()) {
    const values = place.depth > MAX_DEPTH ? [SPLIT] : valuesOf(part, index === 0, place);
    place.context.spend();
    texts = texts.flatMap((text) => values.map((value) => text + value));
    if (texts.length > MAX_ALTERNATIVES) return [SPLIT];
  }
  return [...new Set(texts)];
}

function valuesOf(part: WordPart, isFirst: boolean, place: Place): string[] {
  const asUsed = place.splits ? unquotedValue : quotedValue;
  switch (part.type) {
    case "Literal":
      return [literal(part.text, part.value, isFirst)];
    case "SingleQuoted":
    case "AnsiCQuoted":
      return [part.value];
    case "Glob":
      return [GLOB];
    case "DoubleQuoted":
    case "LocaleString":
      return quoted(part.parts, place);
    case "SimpleExpansion":
      return variable(part.text.slice(1), place).map(asUsed);
    case "ParameterExpansion":
      return parameter(part, place).map(asUsed);
    case "CommandExpansion":
      return [asUsed(place.context.outputOf(part.script))];
    case "ArithmeticExpansion":
      return [NUMBER];
    case "ProcessSubstitution":
      return [`/dev/fd/${NUMBER}`];
    case "ExtendedGlob":
    case "BraceExpansion":
      return [SPLIT];
    default:
      part satisfies never;
      return [SPLIT];
  }
}

function quoted(parts: readonly DoubleQuotedChild[], place: Place): string[] {
  let texts = [""];
  for (const part of parts) {
    const values = quotedValues(part, place);
    place.context.spend();
    texts = texts.flatMap((text) => values.map((value) => text + value));
    if (texts.length > MAX_ALTERNATIVES) return [ANY];
  }
  return texts;
}

function quotedValues(part: DoubleQuotedChild, place: Place): string[] {
  switch (part.type) {
    case "Literal":
      return [part.value];
    case "SimpleExpansion":
      return part.text === "$@" ? [SPLIT] : variable(part.text.slice(1), place).map(quotedValue);
    case "ParameterExpansion":
      return part.parameter === "@" || part.text.includes("[@]")
        ? [SPLIT]
        : parameter(part, place).map(quotedValue);
    case "CommandExpansion":
      return [quotedValue(place.context.outputOf(part.script))];
    case "ArithmeticExpansion":
      return [NUMBER];
    default:
      part satisfies never;
      return [ANY];
  }
}

/** Home folders, and braces that the parser took for nothing. */
function literal(text: string, value: string, isFirst: boolean): string {
  if (isFirst && /^~(?:\/|$)/.test(text)) return value.replace("~", "/root");
  if (isFirst && text.startsWith("~")) return ANY;
  if (/\{/.test(text) && /,|\.\./.test(text)) return SPLIT;
  return value;
}

function parameter(part: ParameterExpansionPart, place: Place): string[] {
  if (part.prefix === "#") return [NUMBER];
  if (part.prefix || part.operation || part.index) return [SPLIT];
  return variable(part.parameter, place);
}

/** As bash keeps it. Without a certain value it may be empty, too. */
function variable(name: string, { context, depth, definite }: Place): string[] {
  const bindings = context.bindings.get(name);
  if (!bindings) return [sessionVariable(name) ?? SPLIT];
  const values = bindings.flatMap((binding) => {
    context.spend();
    if (binding.kind === "known") return [binding.value];
    if (binding.kind === "value") return textsOfWord(binding.word, context, depth + 1).map(kept);
    return binding.words.flatMap((word) =>
      wordsOf(word, context, depth + 1)
        .flat()
        .map(element),
    );
  });
  const all = [...new Set(definite.has(name) ? values : [...values, ""])];
  return all.length > MAX_ALTERNATIVES ? [SPLIT] : all;
}

/** Patterns stay patterns in a variable until it is used, and what is not known is split then. */
function kept(value: string): string {
  return value.includes(GLOB) ? SPLIT : value.replaceAll(ANY, SPLIT);
}

/** One round of a loop: bash has split already, and found the files; what was quoted it has not split. */
function element(value: string): string {
  return [...value].map((char) => SWAPPED[char] ?? char).join("");
}

const SWAPPED: Readonly<Record<string, string>> = { [SPLIT]: ANY, [ANY]: SPLIT };

function braceItems(text: string): string[] {
  const range = /^\{(\d{1,5})\.\.(\d{1,5})\}$/.exec(text);
  if (range) return numbers(Number(range[1]), Number(range[2]));
  if (/^\{[\w./:@%+=-]*(?:,[\w./:@%+=-]*)+\}$/.test(text)) return text.slice(1, -1).split(",");
  return [SPLIT];
}

function numbers(from: number, to: number): string[] {
  if (from > to || to - from >= MAX_ALTERNATIVES) return [SPLIT];
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
}
