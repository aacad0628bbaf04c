import { expect, test } from "vitest";
import type { Evidence } from "./evidence.ts";
import { judge } from "./judge.ts";

/** A run of the class `shell` in which all went well. */
function evidence(changes: Partial<Evidence> = {}): Evidence {
  const told = [1, 2].map((n) => ({
    ...{ tool: "run_shell", args: { command: `echo run1-effect-${n}` }, text: "[ok exit 0]\n" },
  }));
  const names = ["reply:1", "intent:1.1", "outcome:1.1", "reply:2", "intent:2.1", "outcome:2.1", "reply:3"];
  return {
    task: { id: "run1", tools: "shell", isHeld: false, slowMs: 0 },
    ...{ status: "completed", pending: 0, said: 1, remembered: 1, told },
    journal: Object.fromEntries(names.map((name) => [name, "{}"])),
    effects: ["run1-effect-1", "run1-effect-2"],
    ...changes,
  };
}

const { told, journal } = evidence();
const withText = (text: string) => told.map((result) => ({ ...result, text }));
const { "outcome:2.1": _, ...withoutOutcome } = journal;

test("a run in which all went well has nothing wrong", () => {
  expect(judge(evidence(), false)).toEqual([]);
  const unknown = withText("[unknown]\nUNKNOWN: inspect before you repeat.");
  expect(judge(evidence({ told: unknown, effects: [] }), false)).toEqual([]);
});

test.each<[string, Partial<Evidence>]>([
  ["lost", { status: undefined }],
  ["lost", { status: "failed" }],
  ["lost", { said: 0, remembered: 0 }],
  ["lost", { pending: 1 }],
  ["duplicateReplies", { said: 2 }],
  ["duplicateReplies", { remembered: 2 }],
  ["duplicateEffects", { effects: ["run1-effect-1", "run1-effect-1", "run1-effect-2"] }],
  ["silentUnknowns", { journal: withoutOutcome }],
  ["silentUnknowns", { told: told.slice(1) }],
  ["silentUnknowns", { effects: ["run1-effect-1"] }],
  ["silentUnknowns", { told: withText("[refused]\nno") }],
  ["lateWrites", { beforeWake: evidence({ effects: ["run1-effect-1"] }) }],
  ["lateWrites", { beforeWake: evidence({ journal: withoutOutcome }) }],
])("%s: %j", (invariant, changes) => {
  expect(judge(evidence(changes), false).map((violation) => violation.invariant)).toContain(invariant);
});

test("after STOP the turn is cancelled, and nothing is said", () => {
  const stopped = { status: "cancelled", said: 0, remembered: 0, journal: withoutOutcome };
  expect(judge(evidence(stopped), true)).toEqual([]);
  expect(judge(evidence({ ...stopped, said: 1 }), true)).toMatchObject([{ invariant: "duplicateReplies" }]);
  expect(judge(evidence({ ...stopped, status: "completed" }), true)).toMatchObject([{ invariant: "lost" }]);
});
