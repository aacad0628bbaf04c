/**
 * The one parser of YAML here (the version that Ansible reads, 1.1), within bounds: a long or deep text, or one whose
 * aliases multiply, ends at once with the reason, and holds nobody.
 */
import { Lexer, parseDocument } from "yaml";

/** `problem`: why there is no value. */
export type YamlText = { value: unknown; problem: undefined } | { value: undefined; problem: string };

export const MAX_YAML_CHARS = 100_000;
/** Of brackets, of indicators before one value (`- - - x`), and of columns before a line. */
const MAX_DEPTH = 40;
const MAX_COLUMN = 200;
const MAX_TOKENS = 60_000;
/** Anchors, aliases and tags together. */
const MAX_MARKS = 400;
/** In place of a value that is encrypted: nobody knows what it does once Ansible has opened it. */
const SEALED = "{{ sealed() }}";
const TAGS = [
  { tag: "!unsafe", resolve: (text: string) => text },
  { tag: "!vault", resolve: () => SEALED },
];

export function readYaml(text: string): YamlText {
  const problem = excess(text);
  if (problem !== undefined) return { value: undefined, problem };
  try {
    const document = parseDocument(text, {
      version: "1.1",
      merge: true,
      uniqueKeys: false, // the last one counts, as for Ansible
      logLevel: "error", // with "silent" it says nothing of a second document
      customTags: (tags) => [...tags, ...TAGS],
    });
    const [error] = [...document.errors, ...document.warnings];
    if (error)
      return { value: undefined, problem: `it is no YAML that is understood: ${firstLine(error.message)}` };
    return { value: document.toJS({ maxAliasCount: 100 }), problem: undefined };
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof RangeError)
      return { value: undefined, problem: "its aliases multiply, or it is nested too deeply" };
    throw error;
  }
}

/** Tokens are found in linear time, and tell how deep the tree will be. */
function excess(text: string): string | undefined {
  if (text.startsWith("$ANSIBLE_VAULT;")) return "it is encrypted";
  if (text.length > MAX_YAML_CHARS) return `it has more than ${MAX_YAML_CHARS} characters`;
  if (/[^\P{Cc}\t\r\n]/u.test(text)) return "it has characters that no text needs";
  const seen = { tokens: 0, marks: 0, brackets: 0, indicators: 0 };
  for (const token of new Lexer().lex(text)) {
    const problem = count(token, seen);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

type Seen = { tokens: number; marks: number; brackets: number; indicators: number };

function count(token: string, seen: Seen): string | undefined {
  if (++seen.tokens > MAX_TOKENS) return "it has too many parts";
  if (/^[&*!]/.test(token) && ++seen.marks > MAX_MARKS) return "it has too many anchors, aliases or tags";
  if (token === "[" || token === "{") seen.brackets++;
  if (token === "]" || token === "}") seen.brackets--;
  if (/^[-?:]$/.test(token)) seen.indicators++;
  if (token === "\n" || token === ",") seen.indicators = 0;
  const isDeep = seen.brackets > MAX_DEPTH || seen.indicators > MAX_DEPTH;
  const isFar = token.length > MAX_COLUMN && token.trim() === "";
  return isDeep || isFar ? "it is nested too deeply" : undefined;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
