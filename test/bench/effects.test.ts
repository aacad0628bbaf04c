import { expect, test } from "vitest";
import { isReading, judge, labelledLines, readLabelled } from "./effects.ts";

test("no labelled change is taken for reading, and hardly any reading is refused (F33)", () => {
  const { ok, figures, falseReads } = judge(labelledLines(), isReading);
  expect(falseReads).toEqual([]);
  expect(figures.overcautious_share).toBeLessThanOrEqual(0.08);
  expect(figures.commands).toBeGreaterThanOrEqual(800);
  expect(ok).toBe(true);
});

test("a judge that takes every line for reading has as many false reads as there are changes", () => {
  const { ok, figures } = judge(labelledLines(), () => true);
  expect(ok).toBe(false);
  expect(figures).toMatchObject({ false_reads: figures.writes, overcautious: 0 });
});

test("a judge that refuses every line has no false read and is overcautious", () => {
  const { ok, figures } = judge(labelledLines(), () => false);
  expect(ok).toBe(false);
  expect(figures).toMatchObject({ false_reads: 0, overcautious_share: 1 });
});

test("no line is there twice, or as both", () => {
  const lines = labelledLines().map(({ line }) => line);
  expect(lines.filter((line, index) => lines.indexOf(line) !== index)).toEqual([]);
});

test("lines belong to the group above them, with their line breaks", () => {
  const text = "# Of cats.\n\n[read] cat: prints\ncat a⏎# b\n\n[write] cat: > writes\n# c⏎cat > a\n";
  expect(readLabelled(text)).toEqual([
    { label: "read", family: "cat", line: "cat a\n# b" },
    { label: "write", family: "cat", line: "# c\ncat > a" },
  ]);
  expect(() => readLabelled("cat a\n")).toThrow("no group has this line: cat a");
});
