/** What must hold after every run, whatever hit it. Pure: evidence in, sentences about what is wrong out. */
import { isDeepStrictEqual } from "node:util";
import type { Evidence } from "./evidence.ts";
import { effectOf, outcomeOf, type Told } from "./tasks.ts";

export const INVARIANTS = [
  "lost",
  "duplicateEffects",
  "duplicateReplies",
  "silentUnknowns",
  "lateWrites",
] as const;
export type Invariant = (typeof INVARIANTS)[number];
export type Violation = { invariant: Invariant; detail: string };

/** `isStopped`: the operator's STOP ended the turn, so that nothing is said and open calls are recorded as cancelled. */
export function judge(evidence: Evidence, isStopped: boolean): Violation[] {
  return [
    ...lost(evidence, isStopped),
    ...duplicates(evidence),
    ...(isStopped ? [] : silences(evidence)),
    ...lateWrites(evidence),
  ];
}

function lost({ status, pending, said, remembered }: Evidence, isStopped: boolean): Violation[] {
  const expected = isStopped ? "cancelled" : "completed";
  const least = isStopped ? 0 : 1;
  return [
    ...violation("lost", status !== expected, `the turn's status is ${status}, not ${expected}`),
    ...violation("lost", pending > 0, `${pending} messages are still pending`),
    ...violation("lost", Math.min(said, remembered) < least, `${said} said, ${remembered} remembered`),
    ...violation(
      "duplicateReplies",
      Math.max(said, remembered) > least,
      `${said} said, ${remembered} remembered`,
    ),
  ];
}

function duplicates({ effects }: Evidence): Violation[] {
  const repeated = effects.filter((effect, index) => effects.indexOf(effect) !== index);
  return repeated.flatMap((effect) => violation("duplicateEffects", true, `${effect} took place again`));
}

/** What was begun has an outcome that the model was told, and what it was told is so. */
function silences({ task, journal, told, effects }: Evidence): Violation[] {
  const begun = Object.keys(journal).filter((name) => name.startsWith("intent:"));
  const open = begun.filter((name) => !(name.replace("intent:", "outcome:") in journal));
  const untold = begun.length - told.length;
  return [
    ...violation("silentUnknowns", open.length > 0, `no outcome for ${open.join(", ")}`),
    ...violation("silentUnknowns", untold > 0, `${untold} of ${begun.length} results were not told`),
    ...[1, 2].flatMap((n) => {
      const effect = effectOf(task, n);
      const outcomes = told.filter((result) => isAbout(effect, result)).map(outcomeOf);
      return untruth(effect, outcomes, effects.includes(effect));
    }),
  ];
}

function untruth(effect: string, outcomes: readonly string[], isThere: boolean): Violation[] {
  const isHidden = isThere && outcomes.every((outcome) => outcome === "refused" || outcome === "nothing");
  const isInvented = !isThere && outcomes.includes("ok");
  return [
    ...violation(
      "silentUnknowns",
      isHidden,
      `${effect} took place, told was: ${outcomes.join(", ") || "nothing"}`,
    ),
    ...violation("silentUnknowns", isInvented, `${effect} did not take place, told was: ok`),
  ];
}

/** Who wakes up after its successor has ended the turn adds nothing, in Redis or in the world. */
function lateWrites({ beforeWake, ...after }: Evidence): Violation[] {
  if (!beforeWake) return [];
  const names = ["status", "pending", "said", "remembered", "journal", "effects"] as const;
  const changed = names.filter((name) => !isDeepStrictEqual(beforeWake[name], after[name]));
  return violation("lateWrites", changed.length > 0, `changed after it woke: ${changed.join(", ")}`);
}

/** An apply carries the digest of its plan in place of the effect's word. */
function isAbout(effect: string, { tool, args }: Told): boolean {
  if (tool === "run_terraform") return args["command"] === "apply" && effect.endsWith("-1");
  return JSON.stringify(args).includes(effect);
}

function violation(invariant: Invariant, isBroken: boolean, detail: string): Violation[] {
  return isBroken ? [{ invariant, detail }] : [];
}
