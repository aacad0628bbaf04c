/** The tasks of a playbook that run a command: judged by all texts that it may become. */
import { distinctRisks } from "./change.ts";
import type { Classification } from "./effects.ts";
import type { Judging, RowOfTask } from "./playbook-judging.ts";
import type { Arguments } from "./playbook-modules.ts";
import { risksOfCommand } from "./playbook-risks.ts";
import type { Called } from "./playbook-task.ts";
import { classifyTask } from "./shell-task.ts";

export function rowOfCommand(called: Called, judging: Judging, by: "words" | "sh"): RowOfTask {
  const { what, args } = called;
  const text = textOf(args);
  if (text === undefined) return unclearRest(what, "runs a command that is not known before it runs");
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

const TAKEN = new Set(
  "argv cmd _raw_params chdir creates removes executable strip_empty_ends warn".split(" "),
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
    const found = classifyTask({ by: runner, text: one, folder });
    if (found.effect !== "read") return found;
  }
  return { effect: "read" };
}

/** Word by word: what a template becomes stays one word. */
function expandWords(words: readonly string[], { expand }: Judging): string[][] | undefined {
  const all = words.map(expand);
  if (!all.every((texts) => texts !== undefined)) return undefined;
  const most = Math.max(...all.map((texts) => texts.length));
  if (!all.every((texts) => texts.length === 1 || texts.length === most)) return undefined;
  return Array.from({ length: most }, (_, at) => all.map((texts) => texts[at] ?? texts[0] ?? ""));
}

function unclearRest(what: string, reason: string): RowOfTask {
  return {
    action: "run",
    what,
    details: reason,
    effect: "infrastructure",
    risks: [{ kind: "unclear", why: reason }],
  };
}

function unclear(part: string, reason: string): Classification {
  return { effect: "infrastructure", part: part.slice(0, 80), reason, remedy: "Write the command out." };
}
