/** A tool with subcommands: looks one up, reads its options, journals what changes, and ends as the real ones do. */
import { AppError, describeError } from "../../../agents/base/errors.ts";
import { type OptionSpec, type ParsedOptions, parseOptions } from "../options.ts";
import { type CommandOutcome, failed, notSimulated } from "../outcome.ts";
import type { Store } from "../store.ts";

/** One run of a tool on a node. `argv` begins with the name of the tool. */
export type Run = { store: Store; node: string; argv: readonly string[] };

export type Subcommand = OptionSpec & {
  /** The arguments, as in the usage line. */
  usage: string;
  /** Changes the cluster: goes into the journal with its first positional argument as target. */
  mutates?: boolean;
  execute(run: Run, parsed: ParsedOptions): CommandOutcome;
};

export type Subcommands = Readonly<Record<string, Subcommand>>;

export type Tool = {
  subcommands: Subcommands;
  /** Subcommands of the real tool that the lab does not have. */
  missing: readonly string[];
};

/** Exit codes of the real tools: 255 for an error; 2 (ENOENT) where the guest's file is not there. */
export function runTool(tool: Tool, run: Run): CommandOutcome {
  const [program = "", name] = run.argv;
  if (name === undefined) return failed(255, `ERROR: no command specified\n${usageOf(program, tool)}`);
  const subcommand = Object.hasOwn(tool.subcommands, name) ? tool.subcommands[name] : undefined;
  if (subcommand) return runSubcommand(subcommand, run);
  if (tool.missing.includes(name)) return notSimulated(`${program} ${name}`);
  if (name === "help") return { exitCode: 0, stdout: usageOf(program, tool), stderr: "" };
  return failed(255, `ERROR: unknown command '${program} ${name}'\n${usageOf(program, tool)}`);
}

function runSubcommand(subcommand: Subcommand, run: Run): CommandOutcome {
  const [program, name] = run.argv;
  let target = "";
  let outcome: CommandOutcome;
  try {
    const parsed = parseOptions(run.argv.slice(2), subcommand);
    target = parsed.positional[0] ?? "";
    outcome = subcommand.execute(run, parsed);
  } catch (error) {
    outcome = outcomeOf(error, `${program} ${name} ${subcommand.usage}`.trimEnd());
  }
  if (subcommand.mutates) {
    const { node, argv, store } = run;
    store.record({
      node,
      operation: `${program} ${name}`,
      target,
      argv: [...argv],
      exitCode: outcome.exitCode,
    });
  }
  return outcome;
}

function outcomeOf(error: unknown, usage: string): CommandOutcome {
  if (!(error instanceof AppError)) throw error;
  if (error.code === "bad_arguments") return failed(255, `${error.message}\n${usage}`);
  return failed(error.code === "not_found" ? 2 : 255, describeError(error));
}

function usageOf(program: string, tool: Tool): string {
  const lines = Object.entries(tool.subcommands).map(([name, { usage }]) =>
    `       ${program} ${name} ${usage}`.trimEnd(),
  );
  return `USAGE: ${program} <COMMAND> [ARGS] [OPTIONS]\n${lines.join("\n")}\n`;
}
