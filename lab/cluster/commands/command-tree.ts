/**
 * Tools of Proxmox VE (PVE/CLIHandler.pm): commands in groups, each found by a prefix that no other has, with the options
 * that its route has, and errors and usage in their words. What changes something goes into the journal.
 */
import { AppError } from "../../../agents/base/errors.ts";
import { checkParameters, REPEATED } from "../../api/parameters.ts";
import { parseOptions } from "../options.ts";
import { type CommandOutcome, failed, notSimulated, succeeded } from "../outcome.ts";
import { callRoute } from "./call-route.ts";
import {
  type Command,
  type CommandTree,
  isChange,
  type OwnCommand,
  optionNames,
  parametersOf,
  type RouteCommand,
  usageOf,
} from "./command.ts";
import type { Run } from "./run.ts";

type Found =
  | { kind: "command"; command: Command | "gap"; path: string; rest: string[] }
  | { kind: "problem"; problem: string };

export function runTree(tree: CommandTree, run: Run): CommandOutcome {
  const [program = "", ...words] = run.argv;
  if (words[0] === "help") return help(tree, run, words.slice(1));
  const found = find(tree, program, words);
  if (found.kind === "problem")
    return failed(255, `ERROR: ${found.problem}\n${overview(tree, program, run)}`);
  if (found.command === "gap") return notSimulated(found.path);
  return runCommand(found.command, run, found);
}

/** A program that is one command. */
export function runSingle(command: RouteCommand, run: Run, rest: readonly string[]): CommandOutcome {
  return runCommand(command, run, { path: run.argv[0] ?? "", rest });
}

function runCommand(
  command: Command,
  run: Run,
  { path, rest }: { path: string; rest: readonly string[] },
): CommandOutcome {
  const said: string[] = [];
  const { stdout, ...end } = outcomeOf(command, { ...run, said }, { path, rest });
  const outcome = { ...end, stdout: said.join("") + stdout };
  const target = rest.find((word) => !word.startsWith("-")) ?? "";
  const entry = { node: run.node, operation: path, target, argv: [...run.argv] };
  if (isChange(command)) run.api.store.record({ ...entry, exitCode: outcome.exitCode });
  return outcome;
}

/** The last of the positional arguments of a command for a guest: all that is left. */
const EXTRA = "extra-args";

/** 255 for an error, 2 (ENOENT) where a file is not there; what is wrong with the arguments is told with the usage. */
function outcomeOf(
  command: Command,
  run: Run,
  { path, rest }: { path: string; rest: readonly string[] },
): CommandOutcome {
  try {
    if ("read" in command) return command.read(run, rest);
    const given = readOptions(command, run, rest);
    if ("route" in command) return callRoute(command, given, run);
    checkParameters(parametersOf(command, run), given);
    return command.run(run, given);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === "bad_arguments")
      return failed(255, `${error.message}\n${usageOf(command, path, run)}`);
    return failed(error.code === "not_found" ? 2 : 255, error.message);
  }
}

function readOptions(
  command: RouteCommand | OwnCommand,
  run: Run,
  words: readonly string[],
): Record<string, string> {
  const { positional = [], isFormatted } = command;
  const parameters = parametersOf(command, run);
  const names = positional.filter((name) => name !== EXTRA);
  const isOptional = (name: string) => parameters.find((one) => one.name === name)?.isOptional === true;
  const optional = names.length - 1 - names.findLastIndex((name) => !isOptional(name));
  const options = optionNames(parameters, isFormatted);
  const rest = names.length < positional.length;
  const parsed = parseOptions(words, { positional: names, optional, rest, ...options });
  const said = names.flatMap((name, at): [string, string][] => {
    const value = parsed.positional[at];
    return value === undefined ? [] : [[name, value]];
  });
  const more = rest ? [[EXTRA, parsed.positional.slice(names.length).join(REPEATED)] as const] : [];
  return { ...parsed.options, ...Object.fromEntries([...said, ...more]) };
}

function find(tree: CommandTree, path: string, words: readonly string[]): Found {
  const [word, ...rest] = words;
  const isTop = !path.includes(" ");
  if (word === undefined)
    return { kind: "problem", problem: isTop ? "no command specified" : `incomplete command '${path}'` };
  const names = Object.keys(tree).filter((name) => name.startsWith(word) && !isAlias(tree[name]));
  const name = Object.hasOwn(tree, word) ? word : names.length === 1 ? names[0] : undefined;
  const entry = name === undefined ? undefined : tree[name];
  if (entry === undefined) return { kind: "problem", problem: `unknown command '${path} ${word}'` };
  if (entry === "gap") return { kind: "command", command: entry, path: `${path} ${name}`, rest };
  if ("commands" in entry) return find(entry.commands, `${path} ${name}`, rest);
  if ("alias" in entry) return find(tree, path, [...entry.alias.split(" "), ...rest]);
  return { kind: "command", command: entry, path: `${path} ${name}`, rest };
}

function isAlias(entry: CommandTree[string] | undefined): boolean {
  return typeof entry === "object" && "alias" in entry;
}

function overview(tree: CommandTree, program: string, run: Run): string {
  return `USAGE: ${program} <COMMAND> [ARGS] [OPTIONS]\n\n${usages(tree, program, run)}`;
}

function usages(tree: CommandTree, path: string, run: Run): string {
  return Object.entries(tree)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, entry]) => {
      if (entry === "gap") return `       ${path} ${name}\n`;
      if ("commands" in entry) return usages(entry.commands, `${path} ${name}`, run);
      if ("alias" in entry) return "";
      return `       ${usageOf(entry, `${path} ${name}`, run)}\n`;
    })
    .join("");
}

function help(tree: CommandTree, run: Run, said: readonly string[]): CommandOutcome {
  const [program = ""] = run.argv;
  const words = said.filter((word) => !word.startsWith("-"));
  if (words.length === 0) return succeeded(overview(tree, program, run));
  const found = find(tree, program, words);
  if (found.kind === "problem")
    return failed(255, `ERROR: ${found.problem}\n${overview(tree, program, run)}`);
  if (found.command === "gap") return notSimulated(run.argv.join(" "));
  return succeeded(`USAGE: ${usageOf(found.command, found.path, run)}\n`);
}
