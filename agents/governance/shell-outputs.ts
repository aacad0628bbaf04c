/** What some programs print is known in kind before they run: a name, or a number. */
import type { ParsedScript, PipelineNode } from "./shell-parser.ts";
import { isExact, NAME, NUMBER, SPLIT } from "./shell-values.ts";
import { type WordContext, wordsOf } from "./shell-words.ts";

const OUTPUTS: readonly [RegExp, string][] = [
  [/^hostname(?: -[sf])?$/, NAME],
  [/^(?:whoami|id -un|uname -[nrms])$/, NAME],
  [/^date(?: -u)? \+[A-Za-z%](?:[\w%:+-]|\.(?!\.))*$/, NAME],
  [/^date(?: -u)? \+%s$/, NUMBER],
  [/^(?:nproc|id -u|wc -[lcw]|grep -c [^ ]+(?: [^ ]+)?)$/, NUMBER],
];

/** A value as shell-values.ts writes it. */
export function outputOf({ commands }: ParsedScript, context: WordContext): string {
  const [statement, ...others] = commands;
  if (!statement || others.length > 0 || statement.command.type === "AndOr") return SPLIT;
  const last = lastOf(statement.command);
  if (last?.type !== "Command" || !last.name || last.prefix.length > 0) return SPLIT;
  const words = last.args.flatMap((arg) => (arg.type === "Word" ? [arg] : []));
  const lists = [last.name, ...words].map((word) => wordsOf(word, context));
  if (lists.some((list) => list.length !== 1)) return SPLIT;
  const line = lists.flatMap((list) => list[0] ?? []).join(" ");
  if (!isExact(line)) return SPLIT;
  return OUTPUTS.findLast(([pattern]) => pattern.test(line))?.[1] ?? SPLIT;
}

function lastOf(node: PipelineNode): PipelineNode | undefined {
  return node.type === "Pipeline" ? node.commands.at(-1) : node;
}
