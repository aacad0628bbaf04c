/** The commands that find, and programs that lead into a guest, run out of their own arguments. Judges none of them. */
import { BELOW, mayBeOption, maySplit, SPLIT } from "./shell-values.ts";

/** `others`: the arguments that are not part of such a command. */
export type Inner = { argvs: string[][]; others: string[] };

/** Commands within the arguments. Undefined: the program runs none. */
export function innerCommands(program: string, args: readonly string[]): Inner | "unclear" | undefined {
  if (program === "find") return ofFind(args);
  if (program === "qm" && /^(?:guest|agent)$/.test(args[0] ?? "")) return ofGuest(args);
  if (program === "pct" && args[0] === "exec") return afterId(args.slice(1));
  if (program === "ip" && args[0] === "netns" && args[1] === "exec") return afterId(args.slice(2));
  if (/^(?:docker|podman)$/.test(program) && args[0] === "exec") return afterContainer(args.slice(1));
  return undefined;
}

const AGENT_READS =
  /^(?:ping|info|get-fsinfo|get-host-name|get-memory-block-info|get-memory-blocks|get-osinfo|get-time|get-timezone|get-users|get-vcpus|network-get-interfaces|fsfreeze-status)$/;

function ofGuest(args: readonly string[]): Inner | "unclear" {
  const [verb = "", ...rest] = args[0] === "guest" ? args.slice(1) : ["cmd", ...args.slice(1)];
  if (verb === "exec") return afterId(rest);
  if (rest.some(maySplit)) return "unclear";
  const isReading =
    verb === "exec-status" || (verb === "cmd" && rest.length === 2 && AGENT_READS.test(rest[1] ?? ""));
  return isReading ? { argvs: [], others: [] } : "unclear";
}

/** `ID --timeout 5 -- program words` and `ID program words`. */
function afterId([id = SPLIT, ...rest]: readonly string[]): Inner | "unclear" {
  if (maySplit(id) || id.startsWith("-")) return "unclear";
  let at = 0;
  for (; rest[at]?.startsWith("-") && rest[at] !== "--"; at += 2)
    if (!/^--?(?:timeout|synchronous)$/.test(rest[at] ?? "") || !/^\d+$/.test(rest[at + 1] ?? ""))
      return "unclear";
  const inner = rest.slice(rest[at] === "--" ? at + 1 : at);
  return inner.length === 0 ? "unclear" : { argvs: [inner], others: [] };
}

/** `-it web program words`. */
function afterContainer(args: readonly string[]): Inner | "unclear" {
  const at = args.findIndex((arg) => !/^-[it]{1,2}$/.test(arg));
  const [name = SPLIT, ...inner] = at === -1 ? [] : args.slice(at);
  if (mayBeOption(name) || inner.length === 0) return "unclear";
  return { argvs: [inner], others: [] };
}

/** For `-exec`: each start itself, and what is below it. */
function ofFind(args: readonly string[]): Inner | "unclear" {
  const others: string[] = [];
  const inner: string[][] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (!/^-exec(?:dir)?$/.test(arg)) {
      others.push(arg);
      continue;
    }
    const end = args.findIndex(
      (word, index) => index > at && (word === ";" || (word === "+" && args[index - 1] === "{}")),
    );
    if (end === -1) return "unclear";
    inner.push(args.slice(at + 1, end));
    at = end;
  }
  const places = startsOf(others);
  const paths = (places.length === 0 ? ["."] : places).flatMap((start) => [
    start,
    `${start.replace(/\/$/, "")}/${BELOW}`,
  ]);
  const argvs = inner.flatMap((argv) => paths.map((path) => argv.map((word) => word.replaceAll("{}", path))));
  return { argvs, others };
}

/** The words before the expression. */
function startsOf(words: readonly string[]): string[] {
  const first = words.findIndex((word) => !/^-[HLP]$/.test(word));
  const rest = first === -1 ? [] : words.slice(first);
  const end = rest.findIndex((word) => /^[-(!]/.test(word));
  return end === -1 ? rest : rest.slice(0, end);
}
