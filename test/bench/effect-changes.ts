/**
 * Labelled playbooks and Terraform plans, below test/bench/effects/, and what the judges of changes say of them. A false
 * read is one that does more than it is taken for; an overcautious one does less.
 */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type Change, strongest } from "../../agents/governance/change.ts";
import type { Effect } from "../../agents/governance/effects.ts";
import { changeOfPlan } from "../../agents/governance/plan.ts";
import { changeOfPlaybook } from "../../agents/governance/playbook.ts";

export type LabelledChange = { label: Effect; file: string; note: string };
export type JudgeChange = (file: string) => Pick<Change, "effect">;
export type ChangeKind = "playbooks" | "plans";

const FOLDER = join(import.meta.dirname, "effects");
const LEAST: Readonly<Record<ChangeKind, number>> = { playbooks: 120, plans: 60 };
const LIMITS = { falseReads: 0, overcautiousShare: 0.08 };

/** Lines of a label, a file and a note, with tabs between them. Error for any other line that is no comment. */
export function readIndex(text: string): LabelledChange[] {
  return text.split("\n").flatMap((row) => {
    if (row.trim() === "" || row.startsWith("#")) return [];
    const [label, file = "", note = ""] = row.split("\t");
    if (label !== "read" && label !== "workspace" && label !== "infrastructure")
      throw new Error(`this line has no label: ${row}`);
    return [{ label, file, note }];
  });
}

export function labelledChanges(kind: ChangeKind): LabelledChange[] {
  return readIndex(readFileSync(join(FOLDER, `${kind}.txt`), "utf8"));
}

/** What the gate says of a case. A playbook in a folder of its own has beside it what else lies there. */
export function judgeOf(kind: ChangeKind): JudgeChange {
  if (kind === "plans") return (file) => changeOfPlan(textOf(file));
  return (playbook) => {
    const folder = dirname(playbook);
    const others =
      folder === kind ? [] : globSync("**/*", { cwd: join(FOLDER, folder), withFileTypes: true });
    const paths = others
      .filter((entry) => entry.isFile())
      .map((entry) => relative(FOLDER, join(entry.parentPath, entry.name)));
    const files = new Map([playbook, ...paths].map((path) => [path, textOf(path)]));
    return changeOfPlaybook({ playbook, files });
  };
}

function textOf(file: string): string {
  return readFileSync(join(FOLDER, file), "utf8");
}

/** `ok`: nothing is taken for less than it does, and hardly anything for more. */
export function judgeChanges(kind: ChangeKind, cases: readonly LabelledChange[], judge: JudgeChange) {
  const found = cases.map((one) => ({ ...one, effect: judge(one.file).effect }));
  const isAbove = (one: Effect, other: Effect) => one !== other && strongest([one, other]) === one;
  const falseReads = found.filter(({ label, effect }) => isAbove(label, effect));
  const overcautious = found.filter(({ label, effect }) => isAbove(effect, label));
  const harmless = cases.filter(({ label }) => label !== "infrastructure").length;
  const share = overcautious.length / Math.max(1, harmless);
  const figures = {
    cases: cases.length,
    reads: cases.filter(({ label }) => label === "read").length,
    false_reads: falseReads.length,
    overcautious: overcautious.length,
    overcautious_share: Math.round(share * 1_000) / 1_000,
  };
  const ok =
    falseReads.length <= LIMITS.falseReads &&
    share <= LIMITS.overcautiousShare &&
    cases.length >= LEAST[kind];
  return { ok, figures, falseReads, overcautious };
}
