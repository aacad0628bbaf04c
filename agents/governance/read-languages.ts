/**
 * Readers whose arguments are a language of their own: which texts of it only read. Each answers true for what it knows to be
 * harmless. Arguments are as shell-values.ts writes them. Long because each language is one small piece.
 */

import { isReadingApi } from "./read-api.ts";
import type { ShellCommand } from "./shell-commands.ts";
import { isOwnHost } from "./shell-hosts.ts";
import { isReadableFile, isReadableFolder } from "./shell-paths.ts";
import { ANY, GLOB, isExact, isNearlyExact, mayBeOption, maySplit, SPLIT } from "./shell-values.ts";
import { isOwnVariable } from "./shell-variables.ts";

type Check = (args: readonly string[], command: ShellCommand) => boolean;

const CHECKS: Readonly<Record<string, Check>> = {
  test: isReadingTest,
  "[": (args) => args.at(-1) === "]" && isReadingTest(args.slice(0, -1)),
  printf: isReadingPrintf,
  read: isReadingRead,
  mapfile: isReadingMapfile,
  readarray: isReadingMapfile,
  sed: isReadingSed,
  awk: isReadingAwk,
  gawk: isReadingAwk,
  mawk: isReadingAwk,
  find: isReadingFind,
  curl: isReadingCurl,
  wget: isReadingWget,
  openssl: isReadingTls,
  pvesh: isReadingApi,
  cd: ([folder, ...others]) => others.length === 0 && (folder === undefined || isReadableFolder(folder)),
};

/** Undefined: the program has no language of its own. */
export function languageOf(program: string): Check | undefined {
  return Object.hasOwn(CHECKS, program) ? CHECKS[program] : undefined;
}

/** `-v` and `-R` evaluate an index; an unknown word could be one of them. */
function isReadingTest(args: readonly string[]): boolean {
  return args.every((arg, index) => {
    if (/^-[vR]$/.test(arg) || maySplit(arg) || arg.startsWith(GLOB)) return false;
    return !arg.startsWith(ANY) || isOperand(args, index); // an unknown word may be an operator where one may stand
  });
}

const UNARY = /^-[bcdefghknprstuwxzGLNOS]$/;
const BINARY = /^(?:==?|!=|<|>|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef))$/;

/** POSIX: three words with an operator in the middle are a comparison, two with one in front a test of a word. */
function isOperand(args: readonly string[], index: number): boolean {
  const words = args[0] === "!" ? args.slice(1) : args;
  const at = args[0] === "!" ? index - 1 : index;
  if (words.length === 1) return true;
  if (words.length === 2) return at === 1 && UNARY.test(words[0] ?? "");
  return words.length === 3 && at !== 1 && BINARY.test(words[1] ?? "");
}

/** `%n` sets a variable. */
function isReadingPrintf([first, ...rest]: readonly string[]): boolean {
  if (first === "--") return rest[0] !== undefined && isReadingPrintf(rest) && !rest[0].startsWith("-");
  if (first === undefined || /[\ue003-\ue006]/.test(first) || first.startsWith("-")) return false;
  const plain = first.replaceAll("%%", "");
  const conversions = plain.match(/%/g)?.length ?? 0;
  const known = plain.match(
    /%[-+ #0]{0,5}(?:\*|\d{0,6})(?:\.(?:\*|\d{0,6}))?(?:[diouxXeEfFgGcsbq]|\([^()%]*(?:%[^()]*)?\)T)/g,
  );
  return conversions === (known?.join("").match(/%/g)?.length ?? 0);
}

function isReadingRead(args: readonly string[], command: ShellCommand): boolean {
  let at = 0;
  while (at < args.length && /^-[rstndaN]/.test(args[at] ?? "")) {
    const option = args[at] ?? "";
    if (!/^-[rs]*[tndaN]?$/.test(option)) return false;
    if (/[tndN]$/.test(option) && maySplit(args[++at] ?? SPLIT)) return false;
    at++;
  }
  return areWrittenNames(args.slice(at), command);
}

/** shell-variables.ts knows what these commands set by their words as they are written. */
function areWrittenNames(names: readonly string[], { written }: ShellCommand): boolean {
  return (
    /^(?:read|mapfile|readarray)$/.test(written[0] ?? "") &&
    names.every((name) => isExact(name) && isOwnVariable(name) && written.includes(name))
  );
}

/** Without `-C`, which runs a command for each so many lines, and `-O`, an index. */
function isReadingMapfile(args: readonly string[], command: ShellCommand): boolean {
  let at = 0;
  for (; /^-/.test(args[at] ?? ""); at++)
    if (/^-[ns]$/.test(args[at] ?? "") && /^\d+$/.test(args[at + 1] ?? "")) at++;
    else if (args[at] !== "-t") return false;
  const names = args.slice(at);
  return names.length === 1 && areWrittenNames(names, command);
}

const SED_COMMAND =
  /^(?:(?:\d+|\$|\/[^/\n\\]*(?:\\.[^/\n\\]*)*\/)(?:~\d+|,[+~]?(?:\d+|\$|\/[^/\n\\]*(?:\\.[^/\n\\]*)*\/))?)? ?!? ?(?:[pdDgGhHnNPx=l]|q\d{0,3}|y\/[^/\\\n]*\/[^/\\\n]*\/|s([/|,#@:!])[^\n\\]*(?:\\[^\n][^\n\\]*)*)?$/;

/** Printing, deleting and substituting; no reading of scripts, no writing, no `e`. */
function isReadingSed(args: readonly string[]): boolean {
  const scripts: string[] = [];
  const operands: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (
      /^(?:-[nErzsu]+|--(?:quiet|silent|regexp-extended|null-data|separate|unbuffered|posix|sandbox|debug))$/.test(
        arg,
      )
    )
      continue;
    if (/^(?:-[nErzsu]*e|--expression)$/.test(arg)) scripts.push(args[++at] ?? "\n");
    else if (arg.startsWith("--expression=")) scripts.push(arg.slice("--expression=".length));
    else if (mayBeOption(arg) && arg !== "-") return false;
    else operands.push(arg);
  }
  if (scripts.length === 0) scripts.push(operands.shift() ?? "\n");
  return scripts.every(isReadingSedScript) && operands.every(isReadableFile);
}

function isReadingSedScript(script: string): boolean {
  if (!isNearlyExact(script) || script.includes("\n")) return false;
  return splitSed(script).every((command) => {
    const match = SED_COMMAND.exec(command.trim());
    return match !== null && (match[1] === undefined || isPlainSubstitution(command, match[1]));
  });
}

/** At the semicolons that are not within a pattern; braces hold commands. */
function splitSed(script: string): string[] {
  if (/^[^sy/{}]*$/.test(script.replaceAll(/\/[^/;{}]*\//g, ""))) return script.split(";");
  const inner = /^([^{}]*)\{([^{}]*)\}\s*$/.exec(script);
  if (inner?.[1] !== undefined && inner[2] !== undefined && /^[\d,$/\w .^-]*$/.test(inner[1]))
    return [`${inner[1]}p`, ...splitSed(inner[2])];
  const parts = script.split(/;\s*(?=s[/|,#@:!]|\/|\d|\$|[pdqDgGhHnNPx=l]\s*(?:;|$))/);
  return parts.length > 1 &&
    parts.every((part) => /^\s*s([/|,#@:!])|^[\d,$]*[pdq]$|^\/[^/;\\[\]]*\/[pdq]$/.test(part))
    ? parts
    : [script];
}

/** Exactly two parts, then flags that only say how often and how it is shown. */
function isPlainSubstitution(command: string, delimiter: string): boolean {
  const body = command.slice(command.indexOf(`s${delimiter}`) + 2);
  const parts: string[] = [""];
  for (let at = 0; at < body.length; at++) {
    if (body[at] === "\\") parts.push((parts.pop() ?? "") + body.slice(at, ++at + 1));
    else if (body[at] === delimiter) parts.push("");
    else parts.push((parts.pop() ?? "") + body[at]);
  }
  // a bracket may hide the delimiter from sed, but not from this count
  if (parts.length !== 3 || hasOpenBracket(parts[0] ?? "")) return false;
  return /^[gpIi0-9]*\s*$/.test(parts[2] ?? "");
}

function hasOpenBracket(pattern: string): boolean {
  return pattern.lastIndexOf("[") > pattern.lastIndexOf("]");
}

/** No program of awk that may start a command or open a file. */
function isReadingAwk(args: readonly string[]): boolean {
  let at = 0;
  while (at < args.length) {
    const arg = args[at] ?? "";
    if (/^-[Fv]$/.test(arg)) {
      if (!isAwkValue(arg, args[at + 1])) return false;
      at += 2;
    } else if (/^-[Fv]./s.test(arg) && isAwkValue(arg.slice(0, 2), arg.slice(2))) at++;
    else break;
  }
  const [program, ...files] = args.slice(at);
  if (program === undefined || !isNearlyExact(program) || program.startsWith("-")) return false;
  const code = withoutAwkTexts(program);
  if (
    code === undefined ||
    /[@]|\||system|getline|close|fflush|include|load|extension|ARG[VC]|SYMTAB/.test(code.replaceAll("||", ""))
  )
    return false;
  const writes = (statement: string) => statement.indexOf(">", statement.indexOf("print")) !== -1;
  if (code.split(/[;}]/).some((statement) => statement.includes("print") && writes(statement))) return false;
  if (code.includes(">>")) return false;
  return files.every((file) => isReadableFile(file) && !/^[A-Za-z_]\w*=/.test(file));
}

function isAwkValue(option: string, value: string | undefined): boolean {
  if (value === undefined || maySplit(value)) return false;
  return option === "-F" || /^[A-Za-z]\w*=/.test(value);
}

/** Without its strings and patterns. Undefined when it is not certain where they end. */
function withoutAwkTexts(program: string): string | undefined {
  let code = "";
  for (let at = 0; at < program.length; at++) {
    const char = program[at] ?? "";
    const isPattern = char === "/" && canBeginPattern(code.slice(-8));
    if (char === "#") return undefined;
    if (char === "/" && !isPattern && !endsInNumber(code.slice(-12)) && /["/]/.test(program.slice(at + 1)))
      return undefined;
    if (char !== '"' && !isPattern) {
      code += char;
      continue;
    }
    const end = endOfText(program, at, char);
    if (end === -1) return undefined;
    code += '""';
    at = end;
  }
  return code;
}

/** Whether a `/` behind this begins a pattern: where a value is awaited, not where one has just ended. */
function canBeginPattern(before: string): boolean {
  const word = before.trimEnd();
  return word === "" || before.slice(word.length).includes("\n") || "({,;&|!~".includes(word.at(-1) ?? "");
}

/** Behind a number a `/` divides. */
function endsInNumber(before: string): boolean {
  return /[^\w.]\d{1,9}$/.test(before);
}

function endOfText(program: string, from: number, char: string): number {
  for (let at = from + 1; at < program.length; at++) {
    if (program[at] === "\\") at++;
    else if (program[at] === "\n") return -1;
    else if (char === "/" && program[at] === "[")
      return -1; // a slash may stand within
    else if (program[at] === char) return at;
  }
  return -1;
}

const FIND_FLAGS =
  /^-(?:print|print0|ls|empty|o|or|a|and|not|xdev|mount|prune|depth|daystart|follow|true|false|readable|writable|executable|nouser|nogroup|quit|noleaf)$/;
const FIND_VALUED =
  /^-(?:name|iname|path|ipath|wholename|lname|ilname|regex|iregex|regextype|type|xtype|maxdepth|mindepth|mtime|mmin|atime|amin|ctime|cmin|newer|newermt|anewer|cnewer|size|user|uid|group|gid|perm|links|inum|samefile|fstype|printf|used|context)$/;

/** Without what runs, deletes or writes; `-exec` is looked at by effects.ts. */
function isReadingFind(args: readonly string[]): boolean {
  let at = 0;
  while (/^-[HLP]$/.test(args[at] ?? "")) at++;
  while (at < args.length && !/^[-(!\ue003\ue005]/.test(args[at] ?? ""))
    if (maySplit(args[at++] ?? "")) return false;
  for (; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (FIND_FLAGS.test(arg) || /^[()!,]$/.test(arg)) continue;
    if (!FIND_VALUED.test(arg) || maySplit(args[++at] ?? "\ue006")) return false;
  }
  return true;
}

const CURL_FLAGS =
  /^(?:-[ksSfiIvL46gNq]+|--(?:insecure|silent|show-error|fail|fail-with-body|head|include|location|compressed|verbose|ipv4|ipv6|globoff|http1\.1|http2|no-progress-meter|tlsv1\.[0-3]|tls-max))$/;
const CURL_VALUED: Readonly<Record<string, RegExp>> = {
  "-o": /^\/dev\/null$/,
  "--output": /^\/dev\/null$/,
  "-w": /^(?![-@])(?:[^%]|%%|%\{(?!output|stderr)[\w.]+\})*$/,
  "--write-out": /^(?![-@])(?:[^%]|%%|%\{(?!output|stderr)[\w.]+\})*$/,
  "-m": /^[\d.]+$/,
  "--max-time": /^[\d.]+$/,
  "--connect-timeout": /^[\d.]+$/,
  "--retry": /^\d+$/,
  "-X": /^(?:GET|HEAD)$/,
  "--request": /^(?:GET|HEAD)$/,
  "-H": /^(?:Accept|Host|User-Agent): ?[\w./*;=, -]*$/i,
  "--resolve": /^[\w.-]+:\d+:[\w.:[\]]+$/,
  "--cacert": /^\/[\w./-]+$/,
  "--max-redirs": /^\d+$/,
};

/** GET and HEAD of the cluster's own network, with the answer shown or thrown away. */
function isReadingCurl(args: readonly string[]): boolean {
  return everyWebArgument(args, CURL_FLAGS, CURL_VALUED);
}

const WGET_FLAGS = /^(?:-q|-S|-nv|--spider|--quiet|--server-response|--no-check-certificate|-O-|-qO-|-4|-6)$/;
const WGET_VALUED: Readonly<Record<string, RegExp>> = {
  "-O": /^(?:-|\/dev\/null)$/,
  "-qO": /^(?:-|\/dev\/null)$/,
  "-T": /^\d+$/,
  "-t": /^\d+$/,
  "--timeout": /^\d+$/,
  "--tries": /^\d+$/,
};

/** wget keeps what it gets unless it is told otherwise. */
function isReadingWget(args: readonly string[]): boolean {
  const keepsNothing = args.some((arg) => /^(?:--spider|-q?O.*)$/.test(arg));
  return keepsNothing && everyWebArgument(args, WGET_FLAGS, WGET_VALUED);
}

function everyWebArgument(
  args: readonly string[],
  flags: RegExp,
  valued: Readonly<Record<string, RegExp>>,
): boolean {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    const [name = "", attached] = arg.startsWith("--") ? arg.split(/=(.*)/s) : [arg];
    if (Object.hasOwn(valued, name)) {
      if (!valued[name]?.test(attached ?? args[++at] ?? "\ue006")) return false;
    } else if (/^-[ksSfiIvL46]+o$/.test(arg)) {
      if (args[++at] !== "/dev/null") return false;
    } else if (!flags.test(arg) && !isOwnPage(arg)) return false;
  }
  return args.length > 0;
}

/** On this machine or in a private network: what is public has fetch_webpage, and a query can carry something away. */
function isOwnPage(text: string): boolean {
  const match =
    /^(?:(https?):\/\/)?([\w.\ue001\ue002-]+|\[[\da-f:.]+\])(?::\d{1,5})?(?:\/[\w./%?=&:,+~\ue001\ue002-]*)?$/.exec(
      text,
    );
  return match !== null && isOwnHost(match[2] ?? "");
}

/** `s_client` sends on what it reads. */
function isReadingTls(args: readonly string[], { stdin }: ShellCommand): boolean {
  const [verb, ...rest] = args;
  if (verb !== "s_client" || stdin === "data") return false;
  return rest.every((arg, index) => {
    const before = rest[index - 1] ?? "";
    if (/^-(?:connect|servername)$/.test(before)) return /^[\w.:[\]\ue001\ue002-]+$/.test(arg);
    if (/^-(?:starttls|verify)$/.test(before)) return /^\w+$/.test(arg);
    return /^-(?:connect|servername|starttls|verify|showcerts|brief|tls1_2|tls1_3|quiet|verify_return_error)$/.test(
      arg,
    );
  });
}
