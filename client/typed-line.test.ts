import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KeyName } from "./keys.ts";
import { graphemes } from "./text-width.ts";
import {
  EMPTY_LINE,
  editLine,
  insertPaste,
  insertText,
  lineText,
  moveRow,
  type TypedLine,
} from "./typed-line.ts";

const EDITS: KeyName[] = [
  ...(["left", "right", "home", "end", "word-left", "word-right", "backspace", "delete"] as const),
  ...(["kill-word", "kill-word-right", "kill-to-start", "kill-to-end"] as const),
];

type Step = { kind: "text"; text: string } | { kind: "paste"; text: string } | { kind: "key"; key: KeyName };

const text = fc.oneof(fc.constantFrom("ä", "😀", "漢字", " ", "\n", "two words", "e\u0301"), fc.string());
const step: fc.Arbitrary<Step> = fc.oneof(
  text.map((value) => ({ kind: "text", text: value }) as const),
  fc.string({ unit: "binary" }).map((value) => ({ kind: "paste", text: value }) as const),
  fc.constantFrom(...EDITS).map((key) => ({ kind: "key", key }) as const),
);

function apply(line: TypedLine, action: Step): TypedLine {
  if (action.kind === "text") return insertText(line, action.text);
  return action.kind === "paste" ? insertPaste(line, action.text) : editLine(line, action.key);
}

/** The text on both sides of the cursor. */
function halves(line: TypedLine): [string, string] {
  const side = (cells: TypedLine["cells"]) => cells.map((cell) => cell.text).join("");
  return [side(line.cells.slice(0, line.cursor)), side(line.cells.slice(line.cursor))];
}

describe("editing", () => {
  test("keeps the cursor in the text and every byte that was not deleted", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let line = EMPTY_LINE;
        for (const action of steps) {
          const [before, after] = halves(line);
          line = apply(line, action);
          const [newBefore, newAfter] = halves(line);
          if (action.kind === "key") expect(before + after).toContain(newBefore);
          else expect([newBefore, newAfter]).toEqual([before + action.text, after]);
          if (action.kind === "key") expect((before + after).endsWith(newAfter)).toBe(true);
        }
        expect(line.cursor).toBeLessThanOrEqual(line.cells.length);
        expect(line.cursor).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });

  test("what is typed in pieces is what would be typed at once", () => {
    fc.assert(
      fc.property(fc.array(text), (pieces) => {
        const line = pieces.reduce(insertText, EMPTY_LINE);
        expect(lineText(line)).toBe(pieces.join(""));
        expect(line.cells.map((cell) => cell.text).join("|")).toBe(graphemes(pieces.join("")).join("|"));
      }),
    );
  });

  test("backspace takes what the operator sees as one character", () => {
    for (const character of ["ä", "😀", "👨‍👩‍👧", "e\u0301", "漢"]) {
      const line = editLine(insertText(EMPTY_LINE, `a${character}`), "backspace");
      expect(lineText(line)).toBe("a");
    }
  });

  test("words and lines move and die as in a shell", () => {
    const line = insertText(EMPTY_LINE, "one two\nthree four");
    expect(halves(editLine(line, "word-left"))).toEqual(["one two\nthree ", "four"]);
    expect(lineText(editLine(line, "kill-word"))).toBe("one two\nthree ");
    expect(lineText(editLine(line, "kill-to-start"))).toBe("one two\n");
    expect(halves(editLine(line, "home"))).toEqual(["one two\n", "three four"]);
    const up = moveRow(line, "up");
    expect(up && halves(up)).toEqual(["one two", "\nthree four"]);
    expect(up && moveRow(up, "up")).toBeUndefined();
    expect(moveRow(line, "down")).toBeUndefined();
  });
});

describe("a paste", () => {
  test("of many lines is one cell with a label, deleted as one, and byte for byte in the text (F02)", () => {
    const pasted = "one\n\ttwo \x1b[31m\n\nthree\n";
    const line = insertPaste(insertText(EMPTY_LINE, "see: "), pasted);
    expect(line.cells.at(-1)?.label).toBe("[pasted 4 lines, 22 characters: one]");
    expect(lineText(line)).toBe(`see: ${pasted}`);
    expect(lineText(editLine(line, "backspace"))).toBe("see: ");
    expect(lineText(insertText(line, "!"))).toBe(`see: ${pasted}!`);
  });

  test("of one line is text that can be edited", () => {
    expect(insertPaste(EMPTY_LINE, "one").cells.map((cell) => cell.label)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
