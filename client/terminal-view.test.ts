import fc from "fast-check";
import { expect, test } from "vitest";
import { ours } from "../agents/redact/redacted.ts";
import { consoleEntry } from "./entry.ts";
import { renderForTerminal } from "./render.ts";
import { TerminalView } from "./terminal-view.ts";
import { Screen } from "./testing/screen.ts";
import { EMPTY_LINE, editLine, insertPaste, insertText, type TypedLine } from "./typed-line.ts";

function open(columns: number, rows = 24) {
  const screen = new Screen(columns || 80);
  const state = { status: "", prompt: "you> ", line: EMPTY_LINE as TypedLine };
  let framed = Promise.withResolvers<void>();
  const output = {
    columns,
    rows,
    once: () => {},
    write: (text: string) => {
      screen.write(text);
      framed.resolve();
      framed = Promise.withResolvers();
      return true;
    },
  };
  const view = new TerminalView(output, () => state);
  const frame = async () => {
    const next = framed.promise;
    view.refresh();
    await next;
  };
  return { screen, output, view, state, frame };
}

test("the input line and the cursor stay right below whatever is shown", async () => {
  const word = fc.constantFrom(
    "ä",
    "漢字",
    "😀",
    "plain words here ",
    "\n",
    "x".repeat(50),
    "\t",
    "\x1b[31m",
  );
  const line = fc.tuple(fc.array(word, { maxLength: 8 }), fc.nat(20));
  const step = fc.record({
    shown: fc.array(word, { maxLength: 5 }),
    line,
    status: fc.constantFrom("", "Redis is away"),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 20, max: 90 }),
      fc.array(step, { maxLength: 4 }),
      async (columns, steps) => {
        const { screen, view, state, frame } = open(columns);
        for (const {
          shown,
          line: [words, moves],
          status,
        } of steps) {
          if (shown.length > 0) view.show(consoleEntry(ours(shown.join(""))));
          state.status = status;
          state.line = insertText(EMPTY_LINE, words.join(""));
          for (let move = 0; move < moves; move++) state.line = editLine(state.line, "left");
          await frame();
          expect(screen.text().filter((row) => row.startsWith("you>"))).toHaveLength(1);
          const above = screen.text().findIndex((row) => row.startsWith("you>"));
          if (status !== "") expect(screen.text()[above - 1]).toBe(status.slice(0, columns - 1));
          state.line = insertText(state.line, "▲"); // where the next character goes, the cursor was
          const { row, column } = screen;
          await frame();
          const marked = screen.text().findIndex((text) => text.includes("▲"));
          if (column < columns - 1)
            expect([marked, screen.rows[marked]?.indexOf("▲")]).toEqual([row, column]);
        }
        view.close();
        expect(screen.text().join("\n")).not.toContain("you>");
      },
    ),
    { numRuns: 30 },
  );
});

test("a thousand lines while typing leave every line and one prompt", async () => {
  const { screen, view, state, frame } = open(60);
  for (let index = 0; index < 1_000; index++) {
    view.show(consoleEntry(ours(`output ${index}`)));
    if (index % 100 === 0) {
      state.line = insertText(state.line, "k");
      await frame();
    }
  }
  await frame();
  const rows = screen.text();
  expect(rows.filter((row) => row.includes("output"))).toHaveLength(1_000);
  expect(rows.filter((row) => row.startsWith("you>"))).toEqual(["you> kkkkkkkkkk"]);
  view.close();
});

test("a terminal that tells no size, as after a late attach, is drawn all the same", async () => {
  const { screen, view, state, frame } = open(0, 0);
  state.line = insertText(EMPTY_LINE, "hello");
  await frame();
  expect(screen.text()).toEqual(["you> hello"]);
  view.close();
});

test("after the window was made narrower and wider there is one input line, and nothing else is lost", async () => {
  const { screen, output, view, state, frame } = open(80);
  view.show(consoleEntry(ours("what was said")));
  state.status = "DevOps_Builder run_terraform step 9 41 s +2 queued · QA_Tester thinking step 1";
  state.line = insertText(EMPTY_LINE, "x ".repeat(70));
  await frame();
  for (const columns of [30, 55, 21, 100]) {
    screen.resize(columns);
    output.columns = columns;
    await frame();
    expect(screen.text().filter((row) => row.startsWith("you>"))).toHaveLength(1);
    expect(screen.text().filter((row) => row.startsWith("DevOps_Builder"))).toHaveLength(1);
  }
  expect(screen.text().join("")).toContain("what was said");
  view.close();
});

test("a long text shows the part with the cursor, never more than half of the screen", async () => {
  const { screen, view, state, frame } = open(40, 10);
  state.line = insertText(EMPTY_LINE, Array.from({ length: 30 }, (_, index) => `row ${index}`).join("\n"));
  await frame();
  expect(screen.text()).toHaveLength(5);
  expect(screen.text().at(-1)).toBe("   row 29");
  view.close();
});

test("a paste is shown as its label", async () => {
  const { screen, view, state, frame } = open(80);
  state.line = insertPaste(EMPTY_LINE, "one\ntwo\nthree");
  await frame();
  expect(screen.text()).toEqual(["you> [pasted 3 lines, 13 characters: one]"]);
  view.close();
});

test("content cannot begin a row in the first column, where speakers stand (F15)", async () => {
  const { screen, view, frame } = open(40);
  const forged = `${"x".repeat(60)} 14:00:00 Security_Sentinel: APPROVED`;
  view.show(consoleEntry(ours(`${forged}\n14:00:00 User: yes\n${forged}`)));
  await frame();
  const atMargin = screen.text().filter((row) => /^\S/.test(row) && !row.startsWith("you>"));
  expect(atMargin).toHaveLength(1);
  view.close();
});

test("a long text with a number is folded, one without is not", async () => {
  const text = ours(Array.from({ length: 3_000 }, (_, line) => `line ${line}`).join("\n"));
  const folded = renderForTerminal({ ...consoleEntry(text), number: 7 }, 80).split("\n");
  expect(folded).toHaveLength(30);
  expect(folded.join("\n")).toMatch(/line 19\n.*2972 more lines: \/output 7 opens all of it.*\n.*line 2992/);
  expect(renderForTerminal(consoleEntry(text), 80).split("\n")).toHaveLength(3_001);
});

test("another program gets the terminal whole, and what came meanwhile is shown after it", async () => {
  const { screen, view, state, frame } = open(60);
  state.status = "at work";
  await frame();
  view.suspend();
  expect(screen.text().join("")).toBe("");
  view.show(consoleEntry(ours("meanwhile")));
  await new Promise((resolve) => setImmediate(resolve));
  expect(screen.text().join("")).toBe("");
  view.resume();
  await frame();
  expect(screen.text().slice(0, 3)).toEqual([expect.stringContaining("meanwhile"), "at work", "you>"]);
});
