/**
 * The one parser of shell text (unbash), within bounds. It promises that what it calls whole was read to its end; what it
 * could not read, or would not, comes with the reason.
 */

import type { ParsedScript } from "unbash";
import { parse } from "unbash";

export type {
  ArithmeticExpression,
  Assignment,
  Command,
  CompoundList,
  DoubleQuotedChild,
  HereDoc,
  ParameterExpansionPart,
  ParameterOperation,
  ParsedScript,
  PipelineNode,
  Redirection,
  Statement,
  SyntaxNode,
  TestExpression,
  Word,
  WordPart,
} from "unbash";
export { forEachChild } from "unbash";

/** What the tools take at most. */
const MAX_SHELL_CHARS = 30_000;
/** The parser looks again at what stands inside each of these. */
const MAX_SUBSTITUTIONS = 200;
const MAX_BACKTICKS = 2_000;

/** `problem`: why the tree is not the whole text; it may then be empty or wrong. */
export type ParsedShell = { script: ParsedScript | undefined; problem: string | undefined };

export function parseShell(text: string): ParsedShell {
  const problem = excess(text);
  if (problem !== undefined) return { script: undefined, problem };
  try {
    const script = parse(text);
    return { script, problem: script.errors?.[0]?.message };
  } catch {
    return { script: undefined, problem: "the line is nested too deeply" }; // the parser's stack
  }
}

function excess(text: string): string | undefined {
  if (text.length > MAX_SHELL_CHARS) return `the line has more than ${MAX_SHELL_CHARS} characters`;
  if (/[\ue000-\uf8ff]|[^\P{Cc}\t\n]/u.test(text)) return "the line has characters that no command needs";
  if (count(text, /[$<>]\(/g) > MAX_SUBSTITUTIONS || count(text, /`/g) > MAX_BACKTICKS)
    return "the line has too many substitutions";
  return undefined;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
