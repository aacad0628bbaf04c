/** What a shell line can change, and which part of it decides. Only what is certain to read is called reading. */
import { judgeArgv, type Refused } from "./read-judge.ts";
import { readShell, type ShellCommand } from "./shell-commands.ts";
import { isReadableFile } from "./shell-paths.ts";
import { shown } from "./shell-values.ts";
import { isHarmlessEnvironment } from "./shell-variables.ts";

/** What a call can change: nothing, files of the team, or the cluster. */
export type Effect = "read" | "workspace" | "infrastructure";

/** `part`: the words that decide, cut when they are long; `reason` goes on from them; `remedy` is a sentence. */
export type Classification =
  | { effect: "read" }
  | { effect: "infrastructure"; part: string; reason: string; remedy: string };

const MAX_SCRIPTS = 4;
const NO_REMEDY = "Look with one plain command, with its files and hosts by name.";
const READ: Classification = { effect: "read" };

/**
 * `read` when every command of the line, wherever in it one stands, is known to only read and no output goes to a file;
 * `infrastructure` otherwise. Never `workspace`: a shell line does not say where it runs.
 */
export function classifyShell(line: string): Classification {
  return classify(line, 0);
}

function classify(line: string, depth: number): Classification {
  if (depth > MAX_SCRIPTS) return changes(line, "is a script within scripts");
  const { commands, remarks } = readShell(line);
  const [remark] = remarks;
  if (remark) return changes(remark.part, `is refused: ${remark.reason}`);
  if (commands.length === 0) return changes(line, "runs nothing");
  for (const command of commands) {
    const found = changeOf(command, depth);
    if (found) return found;
  }
  return READ;
}

function changeOf(command: ShellCommand, depth: number): Classification | undefined {
  const { text, environment, redirections, argvs } = command;
  for (const { operator, targets } of redirections) {
    const bad = targets.find((target) => !isHarmlessTarget(operator, target));
    if (bad !== undefined) return redirected(operator, bad);
  }
  for (const { name, values } of environment) {
    const isSeparator = name === "IFS" && argvs.every(([program]) => program === "read");
    if (!isSeparator && !values.every((value) => isHarmlessEnvironment(name, value)))
      return changes(`${name}=`, "may change what the program does");
  }
  for (const argv of argvs) {
    if (argv.length === 0) continue;
    const refused = judgeArgv(argv, { command, runsOnlyReading: (script) => ofScript(script, depth) });
    if (refused) return changes(refused.part ?? text, refused.reason, refused.remedy);
  }
  return undefined;
}

function ofScript(script: string, depth: number): Refused | undefined {
  const inner = classify(script, depth + 1);
  return inner.effect === "read" ? undefined : inner;
}

function isHarmlessTarget(operator: string, target: string): boolean {
  if (/^[<>]&$/.test(operator)) return /^(?:\d+-?|-)$/.test(target);
  if (operator === "<") return target !== "-" && isReadableFile(target);
  return operator !== "<>" && /^\/dev\/(?:null|stdout|stderr)$/.test(target);
}

function redirected(operator: string, target: string): Classification {
  const part = `${operator} ${target}`;
  if (operator === "<")
    return changes(part, "opens what is no ordinary file, or what is not known before it runs");
  return changes(part, "writes", "Leave the redirection out: what a command prints comes back by itself.");
}

function changes(part: string, reason: string, remedy = NO_REMEDY): Classification {
  const text = shown(part.trim());
  return {
    effect: "infrastructure",
    part: text.length > 80 ? `${text.slice(0, 80)}…` : text,
    reason,
    remedy,
  };
}
