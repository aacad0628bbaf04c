/**
 * `./minilab bench effects`: the judge of shell lines (agents/governance/effects.ts) against lines that were labelled from
 * what they do on Debian 13 and Proxmox VE 9, in test/bench/effects/. A false read is a line that changes something and is
 * taken for reading; an overcautious one only reads and is refused. Then the judges of playbooks and plans (effect-changes.ts).
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { classifyShell } from "../../agents/governance/effects.ts";
import { recordedCalls } from "../../agents/testing/recorded.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { readOptions } from "../rig/options.ts";
import { type ChangeKind, judgeChanges, judgeOf, labelledChanges } from "./effect-changes.ts";

export type Labelled = { label: "read" | "write"; family: string; line: string };
export type IsReading = (line: string) => boolean;

const LIMITS = { falseReads: 0, overcautiousShare: 0.08, commands: 800 };
const LINE_BREAK = "⏎";

export async function run(args: string[]): Promise<Outcome> {
  readOptions(args, {});
  const found = judge(labelledLines(), isReading);
  for (const { family, line } of found.falseReads) console.log(`false read, ${family}: ${line}`);
  for (const { family, line } of found.overcautious) console.log(`overcautious, ${family}: ${line}`);
  const playbooks = ofChanges("playbooks");
  const plans = ofChanges("plans");
  return {
    ok: found.ok && playbooks.ok && plans.ok,
    figures: { ...found.figures, playbooks: playbooks.figures, plans: plans.figures, ...replayed() },
  };
}

function ofChanges(kind: ChangeKind) {
  const found = judgeChanges(kind, labelledChanges(kind), judgeOf(kind));
  const tell = (word: string, { file, label, effect }: (typeof found.falseReads)[number]) =>
    console.log(`${word}, ${kind}: ${file} is ${label}, taken for ${effect}`);
  for (const one of found.falseReads) tell("false read", one);
  for (const one of found.overcautious) tell("overcautious", one);
  return found;
}

/** What the gate says. */
export function isReading(line: string): boolean {
  return classifyShell(line).effect === "read";
}

/** What a judge of lines does with them. `ok`: it takes no change for reading, and refuses hardly any reading. */
export function judge(lines: readonly Labelled[], isReading: IsReading) {
  const reads = lines.filter(({ label }) => label === "read");
  const writes = lines.filter(({ label }) => label === "write");
  const falseReads = writes.filter(({ line }) => isReading(line));
  const overcautious = reads.filter(({ line }) => !isReading(line));
  const share = overcautious.length / Math.max(1, reads.length);
  const figures = {
    commands: lines.length,
    true_reads: reads.length,
    writes: writes.length,
    false_reads: falseReads.length,
    overcautious: overcautious.length,
    overcautious_share: Math.round(share * 1_000) / 1_000,
    overcautious_by_family: countFamilies(overcautious),
  };
  const ok =
    falseReads.length <= LIMITS.falseReads &&
    share <= LIMITS.overcautiousShare &&
    lines.length >= LIMITS.commands;
  return { ok, figures, falseReads, overcautious };
}

/** The lines of all files in test/bench/effects/; the indexes of playbooks and plans hold none. */
export function labelledLines(): Labelled[] {
  const folder = join(import.meta.dirname, "effects");
  const files = globSync("*.txt", { cwd: folder, exclude: ["playbooks.txt", "plans.txt"] }).sort();
  return files.flatMap((file) => readLabelled(readFileSync(join(folder, file), "utf8")));
}

/**
 * A file begins with comments. A group is headed `[read] FAMILY: REASON` or `[write] FAMILY: REASON`; each line that
 * follows is one for a shell, with ⏎ for a line break within it. Error for a line that belongs to no group.
 */
export function readLabelled(text: string): Labelled[] {
  const lines: Labelled[] = [];
  let group: Omit<Labelled, "line"> | undefined;
  for (const row of text.split("\n")) {
    const heading = /^\[(read|write)\] ([^:]+): /.exec(row);
    if (heading) group = { label: heading[1] === "read" ? "read" : "write", family: heading[2] ?? "" };
    else if (group && row !== "") lines.push({ ...group, line: row.replaceAll(LINE_BREAK, "\n") });
    else if (row !== "" && !row.startsWith("# ")) throw new Error(`no group has this line: ${row}`);
  }
  return lines;
}

/** Recorded lines have no labels: how many there are, and how many are taken for reading. */
function replayed(): Record<string, unknown> {
  const lines = ["run_ssh", "run_shell"].flatMap(recordedCalls).flatMap(({ args }) => args.command ?? []);
  if (lines.length === 0) return { recorded: "absent" };
  return { recorded: { lines: lines.length, taken_for_reading: lines.filter(isReading).length } };
}

function countFamilies(lines: readonly Labelled[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { family } of lines) counts[family] = (counts[family] ?? 0) + 1;
  return counts;
}
