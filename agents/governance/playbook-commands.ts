/** The tasks of a playbook that run a command: judged by all texts that it may become. */
import { distinctRisks, unclearRow } from "./change.ts";
import type { Classification } from "./effects.ts";
import type { Judging, RowOfTask } from "./playbook-judging.ts";
import type { Arguments } from "./playbook-modules.ts";
import { risksOfCommand } from "./playbook-risks.ts";
import type { Called } from "./playbook-task.ts";
import { classifyTask } from "./shell-task.ts";

export function rowOfCommand(called: Called, judging: Judging, by: "words" | "sh"): RowOfTask {
  const { what, args } = called;
  const text = textOf(args);
  if (text === undefined) return unclearRow(what, "runs a command that is not known before it runs");
  const shown = typeof text === "string" ? text : text.join(" ");
  const found = judgeCommand(text, args, { judging, by });
  const details = shown.length > 500 ? `${shown.slice(0, 500)}…` : shown;
  if (found.effect === "read") return { action: "run", what, details, effect: "read", risks: [] };
  const risks = distinctRisks(risksOfCommand(shown));
  return {
    action: "run",
    what,
    details: `${details} (${found.part} ${found.reason})`,
    effect: "infrastructure",
    risks,
  };
}

function textOf(args: Arguments): string | string[] | undefined {
  const { argv, cmd, _raw_params: raw } = args;
  const given = [argv, cmd, raw].filter((value) => value !== undefined && value !== "");
  const [text] = given;
  if (given.length !== 1) return undefined;
  if (Array.isArray(text))
    return text.every((word) => /^(?:string|number)$/.test(typeof word)) ? text.map(String) : undefined;
  return typeof text === "string" ? text : undefined;
}

/** `stdin` is what somebody else says. */
const TAKEN = new Set(
  "argv cmd stdin stdin_add_newline _raw_params chdir creates removes executable strip_empty_ends warn".split(
    " ",
  ),
);

function judgeCommand(
  text: string | string[],
  args: Arguments,
  { judging, by }: { judging: Judging; by: "words" | "sh" },
): Classification {
  const other = Object.keys(args).find((name) => !TAKEN.has(name));
  if (other !== undefined) return unclear(other, "may change what the command does");
  const executable = args["executable"];
  const isBash = /^(?:\/usr)?\/bin\/bash$/.test(String(executable));
  if (executable !== undefined && !isBash && executable !== "/bin/sh")
    return unclear(String(executable), "runs the command in its own way");
  const folder = args["chdir"] === undefined ? undefined : String(args["chdir"]);
  if (folder?.includes("{{")) return unclear(folder, "is not known before it runs");
  const runner = by === "sh" && isBash ? "bash" : by;
  const texts = Array.isArray(text) ? expandWords(text, judging) : judging.expand(text);
  if (!texts) return unclear(String(text), "has a template whose value is not known before it runs");
  for (const one of texts) {
    const found = classifyTask({ by: runner, text: one, folder, isFed: args["stdin"] !== undefined });
    if (found.effect !== "read") return found;
  }
  return { effect: "read" };
}

const SHEBANG = /^#!\s?\/(?:usr\/)?bin\/(?:env )?(bash|sh)[ \t]*\n/;

/** A file of the team that is sent to the hosts and run there, without arguments. */
export function rowOfScript({ what, args }: Called, { sent }: Judging): RowOfTask {
  const file = args["cmd"] ?? args["_raw_params"];
  const isAlone = Object.keys(args).every((name) => /^(?:cmd|_raw_params|creates|removes)$/.test(name));
  const text = typeof file === "string" && isAlone && !/[\s{]/.test(file) ? sent(file) : undefined;
  const shebang = SHEBANG.exec(text ?? "");
  if (text === undefined || !shebang)
    return unclearRow(what, "runs a script that is not known, or not for a shell");
  const found = classifyTask({
    by: shebang[1] === "sh" ? "sh" : "bash",
    text: text.slice(shebang[0].length),
  });
  if (found.effect === "read")
    return { action: "run", what, details: String(file), effect: "read", risks: [] };
  const details = `${file} (${found.part} ${found.reason})`;
  return {
    action: "run",
    what,
    details,
    effect: "infrastructure",
    risks: distinctRisks(risksOfCommand(text)),
  };
}

/** Word by word: what a template becomes stays one word. */
function expandWords(words: readonly string[], { expand }: Judging): string[][] | undefined {
  const all = words.map(expand);
  if (!all.every((texts) => texts !== undefined)) return undefined;
  const most = Math.max(...all.map((texts) => texts.length));
  if (!all.every((texts) => texts.length === 1 || texts.length === most)) return undefined;
  return Array.from({ length: most }, (_, at) => all.map((texts) => texts[at] ?? texts[0] ?? ""));
}

function unclear(part: string, reason: string): Classification {
  return { effect: "infrastructure", part: part.slice(0, 80), reason, remedy: "Write the command out." };
}
