import { beforeEach, describe, expect, test } from "vitest";
import { InputHistory } from "./input-history.ts";
import { LineEditor } from "./line-editor.ts";
import type { Answer } from "./question.ts";
import { lineText } from "./typed-line.ts";

const UP = "\x1b[A";
const DOWN = "\x1b[B";

let sent: string[];
let events: string[];
let editor: LineEditor;

beforeEach(() => {
  sent = [];
  events = [];
  editor = new LineEditor(new InputHistory(), {
    onSubmit: (text) => sent.push(text),
    onInterrupt: (isAgain) => events.push(isAgain ? "interrupt again" : "interrupt"),
    onEnd: () => events.push("end"),
    onRedraw: () => events.push("redraw"),
  });
});

/** Each chunk a moment after the one before it, as a person types. */
function type(...chunks: string[]): void {
  for (const chunk of chunks) {
    editor.feed(chunk);
    editor.settle();
  }
}

/** One after the other without a pause. */
function burst(...chunks: string[]): void {
  for (const chunk of chunks) editor.feed(chunk);
  editor.settle();
}

const typed = () => lineText(editor.line);

describe("what is one message (F02)", () => {
  test("a marked paste is sent by Enter only, its last line end included", () => {
    type("\x1b[200~one\rtwo\r\x1b[201~");
    expect(sent).toEqual([]);
    type("\r");
    expect(sent).toEqual(["one\ntwo\n"]);
  });

  test("lines without marks that arrive at once are one message", () => {
    burst("one\rtwo\r", "\r\tfour\rSTOP\r", "six\r");
    expect(sent).toEqual(["one\ntwo\n\n\tfour\nSTOP\nsix"]);
  });

  test("lines that arrive at once with line feeds are one message as well", () => {
    burst("one\ntwo\n");
    expect(sent).toEqual(["one\ntwo"]);
  });

  test("lines that a person types are one message each", () => {
    type("one", "\r", "two", "\r");
    expect(sent).toEqual(["one", "two"]);
  });

  test("Ctrl+J and Alt+Enter begin a new line", () => {
    type("one", "\n", "two", "\x1b\r", "three");
    expect(sent).toEqual([]);
    type("\r");
    expect(sent).toEqual(["one\ntwo\nthree"]);
  });

  test("a paste whose end never comes is left by Ctrl+C", () => {
    type("\x1b[200~half", "\x03", "ok", "\r");
    expect(sent).toEqual(["ok"]);
  });
});

describe("the arrow keys", () => {
  test("bring back what was entered, and what was being typed", () => {
    type("first", "\r", "second", "\r", "draft", UP, UP);
    expect(typed()).toBe("first");
    type(UP);
    expect(typed()).toBe("first");
    type(DOWN, DOWN);
    expect(typed()).toBe("draft");
  });

  test("bring back what Ctrl+C cleared away", () => {
    type("precious", "\x03");
    expect([typed(), events]).toEqual(["", []]);
    type(UP);
    expect(typed()).toBe("precious");
  });
});

describe("leaving", () => {
  test("Ctrl+C on an empty line asks first, and forgets when something else is pressed", () => {
    type("\x03", "a", "\x7f", "\x03", "\x03");
    expect(events).toEqual(["interrupt", "interrupt", "interrupt again"]);
  });

  test("Ctrl+C that cleared the line does not count as the first one", () => {
    type("text", "\x03", "\x03");
    expect(events).toEqual(["interrupt"]);
  });

  test("Ctrl+D leaves on an empty line and deletes in another", () => {
    type("ab", "\x01", "\x04");
    expect([typed(), events]).toEqual(["b", []]);
    type("\x04", "\x04");
    expect(events).toEqual(["end"]);
  });
});

describe("Tab", () => {
  test("completes roles, goes on to the next, and completes commands at the start only", () => {
    type("tell @d", "\t");
    expect(typed()).toBe("tell @DevOps_Builder ");
    type("\t");
    expect(typed()).toBe("tell @Security_Sentinel ");
    type("\x15", "/hi", "\t");
    expect(typed()).toBe("/history ");
    type("\x15", "see /hi", "\t", "me@d", "\t");
    expect(typed()).toBe("see /hime@d");
  });
});

describe("a question", () => {
  function ask(): Answer[] {
    const answers: Answer[] = [];
    editor.question = { text: "sure?", onAnswer: (answer) => answers.push(answer) };
    return answers;
  }

  test.each([
    ["y", "yes"],
    ["N", "no"],
    ["\r", "cancel"],
    ["\x1b", "cancel"],
    ["\x03", "cancel"],
  ])("is answered by %j with %s", (key, answer) => {
    const answers = ask();
    type(key);
    expect([answers, typed(), sent, editor.question]).toEqual([[answer], "", [], undefined]);
  });

  test("gives way to anything else, which is kept", () => {
    const answers = ask();
    type("hello");
    expect([answers, typed()]).toEqual([["dismiss"], "hello"]);
  });
});

test("a text that was given back stands before what was typed meanwhile", () => {
  type("new");
  editor.restore("old");
  expect(typed()).toBe("old\nnew");
});

test("on a terminal that marks pastes two lines typed fast are two, and a marked paste is one", () => {
  type("\x1b[?2004;1$y");
  burst("hello\rSTOP\r");
  expect(sent).toEqual(["hello", "STOP"]);
  burst("\x1b[200~one\rtwo\r\x1b[201~", "\r");
  expect(sent.at(-1)).toBe("one\ntwo\n");
  burst("a", "\n", "b", "\r");
  expect(sent.at(-1)).toBe("a\nb");
});

test.each(["\x1b[?2004;0$y", ""])(
  "without such an answer (%j) what comes at once is one message (F02)",
  (reply) => {
    type(reply);
    burst("hello\rSTOP\r");
    expect(sent).toEqual(["hello\nSTOP"]);
  },
);

test("Ctrl+R finds an earlier entry with what is typed, and again the one before it", () => {
  type("set up pve1", "\r", "look at pve2", "\r", "set up pve2", "\r", "set");
  type("\x12");
  expect(typed()).toBe("set up pve2");
  type("\x12");
  expect(typed()).toBe("set up pve1");
  type("\x12");
  expect(typed()).toBe("set up pve1");
  type(DOWN, DOWN, DOWN);
  expect(typed()).toBe("set");
});
