/** What a shell line can change. Only what is certain to read is called reading; everything unclear is not. */
import { ruleFor, wrappedCommand } from "./read-only-programs.ts";
import { parseShell, type ShellCommand, type Word } from "./shell-words.ts";

/** What a call can change: nothing, files of the team, or the cluster. */
export type Effect = "read" | "workspace" | "infrastructure";

const MAX_DEPTH = 4;

/**
 * `read` when every simple command of the line, inside substitutions as well, is a known reading one and no
 * output goes to a file; `infrastructure` otherwise. Never `workspace`: a shell line does not say where it runs.
 */
export function classifyShell(line: string): Effect {
  return isReading(line, 0) ? "read" : "infrastructure";
}

function isReading(line: string, depth: number): boolean {
  const commands = depth > MAX_DEPTH ? undefined : parseShell(line);
  return commands !== undefined && commands.length > 0 && commands.every((command) => reads(command, depth));
}

function reads({ words, outputs }: ShellCommand, depth: number): boolean {
  if (outputs.some(({ text, isLiteral }) => !isLiteral || text !== "/dev/null")) return false;
  return words.length === 0 || readsWords(words, depth);
}

function readsWords([first, ...rest]: Word[], depth: number): boolean {
  if (!first?.isLiteral) return false;
  const program = first.text.replace(/^(?:\/usr)?\/s?bin\//, "");
  const args = rest.map(({ text }) => text);
  const isLiteral = rest.every((word) => word.isLiteral);
  if (program === "bash" || program === "sh") return isLiteral && runsReading(args, depth);
  const skipped = wrappedCommand(program, args);
  if (skipped !== undefined) return readsWords(rest.slice(skipped), depth);
  const rule = ruleFor(program);
  if (rule === "any" || rule === undefined) return rule === "any";
  return isLiteral && rule(args);
}

/** `bash -c "..."`: the text is a line of its own. */
function runsReading(args: string[], depth: number): boolean {
  const [option, line, ...others] = args;
  return (
    /^-l?c$/.test(option ?? "") && line !== undefined && others.length === 0 && isReading(line, depth + 1)
  );
}
