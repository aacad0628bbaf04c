/** Whether one command, with the words that it gets, only reads; through the programs that run another one. */
import { type Inner, innerCommands } from "./read-inner.ts";
import { languageOf } from "./read-languages.ts";
import { linesByProgram } from "./read-lines.ts";
import { GENERAL_PROGRAMS, PROXMOX_PROGRAMS } from "./read-programs.ts";
import { allows, type Line } from "./read-rules.ts";
import type { ShellCommand } from "./shell-commands.ts";
import { isExact, shown } from "./shell-values.ts";
import { isHarmlessEnvironment } from "./shell-variables.ts";
import { fed, programName, shellScript, unwrap, type Wrapped } from "./shell-wrappers.ts";

export type Refused = { part?: string; reason: string; remedy?: string };

export type Judging = {
  command: ShellCommand;
  /** For the text of another shell. */
  runsOnlyReading(script: string): Refused | undefined;
};

const linesOf = linesByProgram(`${GENERAL_PROGRAMS}\n${PROXMOX_PROGRAMS}`);

const MAX_WRAPPERS = 8;
/** Others of shell-wrappers.ts write by themselves, or have no end. */
const READING_WRAPPERS = new Set(
  "sudo doas env timeout nice ionice stdbuf time command builtin exec xargs".split(" "),
);

/** Undefined when it only reads. */
export function judgeArgv(argv: readonly string[], judging: Judging, depth = 0): Refused | undefined {
  const [first = "", ...args] = argv;
  const part = shown(argv.join(" "));
  if (!isExact(first)) return { part, reason: "runs a program that is not known before the line runs" };
  if (depth > MAX_WRAPPERS) return { part, reason: "has too many programs before the one that counts" };
  const program = programName(first);
  if (linesOf(program).some((line) => !isSpoken(line) && allows(line, args))) return undefined;
  const judgeInner = (inner: readonly string[]) => judgeArgv(inner, judging, depth + 1);
  const script = shellScript([program, ...args], judging.command.input);
  if (script !== null && program !== "eval") return judgeScript(program, script, judging);
  if (READING_WRAPPERS.has(program)) {
    const wrapped = unwrap([program, ...args]);
    if (!wrapped) return { part, reason: `has options of ${program} that may do more than run a program` };
    return judgeWrapped(wrapped, part, judgeInner);
  }
  const inner = innerCommands(program, args);
  if (inner === "unclear") return { part, reason: "runs something in a way that is not understood" };
  if (inner) return judgeAll(inner, program, { judging, judgeInner, part });
  return isReadByLanguage(program, args, judging.command) ? undefined : refused(program, part);
}

/** `test`, `printf` and others have a language (read-languages.ts) that the table only names. */
function isSpoken({ program, isFree, words }: Line): boolean {
  return isFree && words.length === 0 && languageOf(program) !== undefined;
}

function isReadByLanguage(program: string, args: readonly string[], command: ShellCommand): boolean {
  return languageOf(program)?.(args, command) === true;
}

function refused(program: string, part: string): Refused {
  if (program === "curl" || program === "wget")
    return {
      part,
      reason: "is not only a GET or HEAD of the cluster's own network that keeps nothing",
      remedy:
        "For public pages there is fetch_webpage; for a port, `nc -z HOST PORT` or `curl -sk https://HOST:PORT/`.",
    };
  if (linesOf(program).length > 0 || languageOf(program))
    return {
      part,
      reason: `has words or options with which ${program} is not known to only read, or a file not known to be one`,
    };
  if (program === "tee")
    return { part, reason: "writes", remedy: "Leave tee out: the output comes back by itself." };
  return { part, reason: `runs ${program}, which is not known to only read` };
}

/** What bash reads otherwise than others do: braces are a list for it, and nothing for them. */
function isForBash(script: string): boolean {
  const code = withoutQuoted(script);
  const hasBraceList = code.includes("{") && /,|\.\./.test(code);
  return hasBraceList || /\$['"[]|[<>]\(|\[\[|\(\(|&>|<<<|\|&|=\(/.test(code);
}

/** Without what stands in single quotes, where that is certain: nothing in them means anything to a shell. */
function withoutQuoted(script: string): string {
  if (/<<|#|\$'/.test(script) || (script.includes('"') && /`|\$[({]/.test(script))) return script;
  let code = "";
  let quote = "";
  for (let at = 0; at < script.length; at++) {
    const char = script[at] ?? "";
    const isHidden = quote === "'" && char !== "'";
    if (!isHidden) code += char;
    if (char === "\\" && quote !== "'") code += script[++at] ?? "";
    else if (char === quote) quote = "";
    else if (quote === "" && (char === "'" || char === '"')) quote = char;
  }
  return code;
}

function judgeScript(program: string, script: string | undefined, judging: Judging): Refused | undefined {
  if (script === undefined || !isExact(script) || !/^(?:bash|sh|dash)$/.test(program))
    return { reason: `has ${program} run a script that is not known` };
  if (program !== "bash" && isForBash(script))
    return { reason: `has what ${program} reads otherwise than bash`, remedy: "Use bash -c." };
  return judging.runsOnlyReading(script);
}

function judgeWrapped(
  { wrapper, own, inner, settings }: Wrapped,
  part: string,
  judge: (argv: readonly string[]) => Refused | undefined,
): Refused | undefined {
  const bad = settings.find((setting) => !isHarmlessEnvironment(...splitSetting(setting)));
  if (bad !== undefined) return { part: bad, reason: "may change what the program does" };
  if (/^(?:exec|builtin)$/.test(wrapper) && own.length > 0)
    return { part, reason: "may call a program by another name" }; // some do by it what the other does
  if (wrapper === "xargs") return judge(inner.length === 0 ? ["echo"] : fed(own, inner));
  if (inner.length === 0)
    return wrapper === "env" || wrapper === "time" ? undefined : { part, reason: "runs nothing" };
  return judge(inner);
}

function splitSetting(setting: string): [string, string] {
  const at = setting.indexOf("=");
  return [setting.slice(0, at), setting.slice(at + 1)];
}

function judgeAll(
  { argvs, others }: Inner,
  program: string,
  {
    judging,
    judgeInner,
    part,
  }: { judging: Judging; judgeInner: (argv: readonly string[]) => Refused | undefined; part: string },
): Refused | undefined {
  if (program === "find" && !isReadByLanguage("find", others, judging.command)) return refused(program, part);
  for (const argv of argvs) {
    const found = judgeInner(argv);
    if (found) return found;
  }
  return undefined;
}
