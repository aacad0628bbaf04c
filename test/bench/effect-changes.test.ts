import { expect, test } from "vitest";
import { type ChangeKind, judgeChanges, judgeOf, labelledChanges, readIndex } from "./effect-changes.ts";

const KINDS: [ChangeKind, number][] = [
  ["playbooks", 120],
  ["plans", 60],
];

test.each(KINDS)(
  "of the labelled %s none is taken for less than it does, and hardly any for more (F33)",
  (kind, least) => {
    const { ok, figures, falseReads } = judgeChanges(kind, labelledChanges(kind), judgeOf(kind));
    expect(falseReads).toEqual([]);
    expect(figures.overcautious_share).toBeLessThanOrEqual(0.08);
    expect(figures.cases).toBeGreaterThanOrEqual(least);
    expect(ok).toBe(true);
  },
);

test.each(KINDS)("a judge that takes all %s for reading, or for changes, is found out", (kind) => {
  const cases = labelledChanges(kind);
  const trusting = judgeChanges(kind, cases, () => ({ effect: "read" }));
  expect(trusting.ok).toBe(false);
  expect(trusting.figures).toMatchObject({
    false_reads: cases.length - trusting.figures.reads,
    overcautious: 0,
  });
  const fearful = judgeChanges(kind, cases, () => ({ effect: "infrastructure" }));
  expect(fearful.ok).toBe(false);
  expect(fearful.figures).toMatchObject({ false_reads: 0, overcautious_share: 1 });
});

test("a line of an index is a label, a file and a note", () => {
  expect(readIndex("# of cats\n\nread\tplans/a.json\twhy, and more\n")).toEqual([
    { label: "read", file: "plans/a.json", note: "why, and more" },
  ]);
  expect(() => readIndex("write\tplans/a.json\tx\n")).toThrow("this line has no label");
});
