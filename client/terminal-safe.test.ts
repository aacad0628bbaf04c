import fc from "fast-check";
import { expect, test } from "vitest";
import { ours } from "../agents/redact/redacted.ts";
import { consoleEntry } from "./entry.ts";
import { renderForTerminal, renderPlain } from "./render.ts";
import { inert } from "./terminal-safe.ts";

const ATTACKS: Record<string, string> = {
  "CSI colour": "\x1b[31mred",
  "cursor and erase": "\x1b[2J\x1b[H\x1b[1A\x1b[2K",
  "OSC title": "\x1b]0;title\x07",
  "OSC 52 clipboard": "\x1b]52;c;ZXZpbA==\x1b\\",
  "OSC 8 link": "\x1b]8;;http://evil\x1b\\text\x1b]8;;\x1b\\",
  DCS: "\x1bP1;1|17/ab\x1b\\",
  APC: "\x1b_Gf=100;AAAA\x1b\\",
  "C1 CSI": "\x9b31m",
  "C1 OSC": "\x9d0;title\x9c",
  "carriage return": "APPROVED\rrefused ",
  backspace: "no\b\byes",
  "form feed and vertical tab": "\f\v",
  "bidi override": "\u202egnp.exe",
  "bidi isolate": "\u2066x\u2069",
  "Arabic letter mark": "\u061c",
  "zero width space": "a\u200bb",
  "zero width joiner": "a\u200db",
  "byte order mark": "\ufeff",
  "soft hyphen": "so\u00adft",
  "line separator": "a\u2028b",
  "paragraph separator": "a\u2029b",
  "tag characters": "\u{e0041}\u{e0042}",
  "variation selector supplement": "a\u{e0100}",
  "Hangul filler": "\u3164",
  "lone surrogate": "\ud800",
  "interlinear annotation": "\ufff9a\ufffab\ufffb",
  NUL: "a\0b",
};

/** Printable, line feed, tab; stated by code point, apart from the expression under test. */
function isHarmless(text: string): boolean {
  return [...text].every((character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code === 0x0a || code === 0x09) return true;
    const isControl = code < 0x20 || (code >= 0x7f && code <= 0x9f);
    const isInvisible =
      (code >= 0x200b && code <= 0x200f) ||
      (code >= 0x2028 && code <= 0x202e) ||
      (code >= 0x2060 && code <= 0x206f);
    const isOther =
      [0xad, 0x61c, 0x180e, 0x3164, 0xfeff, 0xfff9, 0xfffa, 0xfffb].includes(code) ||
      (code >= 0xe0000 && code <= 0xe0fff);
    return !(isControl || isInvisible || isOther || (code >= 0xd800 && code <= 0xdfff));
  });
}

/** Our own colours taken away, and our own only. */
function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what is looked for
  return text.replace(/\x1b\[(?:0|2|2;36|1;\d\d)m/g, "");
}

test.each(Object.entries(ATTACKS))("%s is shown, and does nothing (F18)", (_, attack) => {
  expect(inert(attack)).not.toBe(attack);
  expect(isHarmless(inert(attack))).toBe(true);
});

test("10,000 random texts are inert, on the terminal and in the log (F18)", () => {
  const piece = fc.oneof(fc.constantFrom(...Object.values(ATTACKS)), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.integer({ min: 0, max: 200 }), (pieces, columns) => {
      const entry = consoleEntry(ours(pieces.join("")));
      expect(isHarmless(withoutColours(renderForTerminal(entry, columns)))).toBe(true);
      expect(isHarmless(renderPlain(entry, entry.timestamp))).toBe(true);
    }),
    { numRuns: 10_000 },
  );
});

test("ordinary text in any script stays as it is", () => {
  for (const text of ["ä ö ß\n\ttab", "漢字かな", "русский", "עברית", "😀 ⚠️ ✔️ → │", "e\u0301"])
    expect(inert(text)).toBe(text);
});

test("letters that pile up marks, and clusters of any length, stay in their row (F18)", () => {
  const zalgo = `Z${"\u0335\u0321\u0301\u0316".repeat(50)}`;
  expect(inert(zalgo).match(/\p{M}/gu)).toHaveLength(4);
  expect(inert("\ue000\u0378")).toBe("\\u{e000}\\u{378}");
  for (const flood of ["\u1100".repeat(300), "\u{17000}".repeat(300), "😀🏽".repeat(200), "क्".repeat(300)]) {
    const rows = renderForTerminal(consoleEntry(ours(inert(flood))), 80).split("\n");
    for (const row of rows) expect(terminalColumns(withoutColours(row))).toBeLessThan(80);
  }
});

/** As a terminal counts that knows no clusters: each character by itself. */
function terminalColumns(row: string): number {
  const isWide = (code: number) =>
    (code >= 0x1100 && code <= 0x115f) || (code >= 0x17000 && code <= 0x18dff) || code >= 0x1f300;
  return [...row].reduce((sum, character) => {
    if (/\p{Mn}/u.test(character)) return sum;
    return sum + (isWide(character.codePointAt(0) ?? 0) ? 2 : 1);
  }, 0);
}
