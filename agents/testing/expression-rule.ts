/**
 * The rule that every regular expression takes a time that grows with the text's length alone, as a function over
 * sources: found by a parser, judged by recheck. What recheck cannot judge, and what is built when the program runs, is
 * argued beside it: a comment that says `Linear because`. What recheck finds to be slow cannot be argued away.
 */
import recheck from "recheck";
import { parseAst } from "vitest/node";
import type { Sources } from "./import-rule.ts";

export type Expression = { file: string; line: number; isArgued: boolean } & (
  | { kind: "literal"; source: string; flags: string }
  | { kind: "built" }
);

type Node = { type: string; start: number } & Record<string, unknown>;

/** The comment stands on the line of the expression or on one of the three above. */
const ARGUMENT = "Linear because";
const LINES_ABOVE = 3;
/** Methods that make an expression of a string. */
const BUILDERS = ["match", "matchAll", "search"];

/** Of one file, in the order in which they stand there. */
export function expressionsOf(file: string, source: string): Expression[] {
  const lines = source.split("\n");
  return [...nodesOf(parseAst(source, { lang: "ts" }))].flatMap((node) => {
    const expression = asExpression(node);
    if (!expression) return [];
    const line = source.slice(0, node.start).split("\n").length;
    const beside = lines.slice(Math.max(0, line - 1 - LINES_ABOVE), line).join("\n");
    return [{ file, line, isArgued: beside.includes(ARGUMENT), ...expression }];
  });
}

function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== "object" || value === null) return;
  if ("type" in value && "start" in value) yield value as Node;
  for (const child of Object.values(value)) yield* nodesOf(child);
}

function asExpression(node: Node) {
  const regex = node["regex"] as { pattern: string; flags: string } | undefined;
  if (node.type === "Literal" && regex) {
    return { kind: "literal", source: regex.pattern, flags: regex.flags } as const;
  }
  const isCall = node.type === "NewExpression" || node.type === "CallExpression";
  return isCall && buildsExpression(node) ? ({ kind: "built" } as const) : undefined;
}

function buildsExpression(call: Node): boolean {
  const callee = call["callee"] as Node;
  const name = ((callee["property"] ?? callee) as Node)["name"];
  const [first] = call["arguments"] as Node[];
  const isText = first?.type === "TemplateLiteral" || typeof first?.["value"] === "string";
  return name === "RegExp" || (BUILDERS.includes(String(name)) && isText);
}

/** Sentences that name what breaks the rule; none when all is well. Test files answer for themselves. */
export async function slowExpressions(sources: Sources): Promise<string[]> {
  const all = [...sources].flatMap(([file, source]) =>
    file.endsWith(".test.ts") ? [] : expressionsOf(file, source),
  );
  const verdicts = await judgeAll(
    all.flatMap((expression) => (expression.kind === "literal" ? expression : [])),
  );
  return all.flatMap((expression) => {
    const { file, line, isArgued } = expression;
    if (expression.kind === "built")
      return isArgued ? [] : [`${file}:${line} builds an expression without an argument`];
    const verdict = verdicts.get(keyOf(expression));
    const isAllowed = verdict === undefined || (isArgued && verdict === "unknown");
    return isAllowed ? [] : [`${file}:${line} ${keyOf(expression)} is ${verdict}`];
  });
}

type Pattern = Pick<RegExp, "source" | "flags">;

const keyOf = ({ source, flags }: Pattern) => `/${source}/${flags}`;
/** recheck starts a process for each; more of them at once would only wait for each other. */
const AT_ONCE = 2;
/** Without one of these signs nothing repeats; what flag v means recheck does not know, so that it has to be argued. */
const canRepeat = ({ source, flags }: Pattern) => /[*+{]/.test(source) || flags.includes("v");

/** Each expression once. What is linear has no entry. */
async function judgeAll(patterns: readonly Pattern[]): Promise<Map<string, string>> {
  const unique = new Map(patterns.map((pattern) => [keyOf(pattern), pattern]));
  const queue = [...unique].filter(([, pattern]) => canRepeat(pattern));
  const slow = new Map<string, string>();
  const work = async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const verdict = await judge(next[1]);
      if (verdict !== undefined) slow.set(next[0], verdict);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return slow;
}

/** Undefined for an expression that is linear. Without a limit of time: a busy machine must not change the answer. */
export async function judge({ source, flags }: Pattern): Promise<string | undefined> {
  const found = await recheck.check(source, flags, LIMITS);
  if (found.status === "safe") return undefined;
  return found.status === "unknown" ? "unknown" : found.complexity.summary;
}

const LIMITS = { timeout: null, attackTimeout: null, incubationTimeout: null } as const;
