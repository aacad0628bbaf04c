import { expect, test } from "vitest";
import { divideThoughts } from "./thoughts.ts";

test.each([
  ["<THINK>Should I ask?</THINK>\nTwo files.", "Two files.", ["Should I ask?"]],
  ["[THINK]Yes.[/THINK]Two files.", "Two files.", ["Yes."]],
  ["İ <Think>Yes.</Think>Two files.", "İ Two files.", ["Yes."]],
])("a tag is one in letters of any size: %s", (content, text, thoughts) => {
  expect(divideThoughts(content)).toEqual({ text, thoughts, calls: [] });
});

test.each([
  "It ends with `</think>`; two use it.",
  "Use `<think>draft</think>` there.",
  "`<think>` opens it.",
])("what is quoted in back-ticks is spoken of: %s", (content) => {
  expect(divideThoughts(content)).toEqual({ text: content, thoughts: [], calls: [] });
});

test.each([
  ["<think>maybe `</think>` then apply it</think>Two files.", "Two files."],
  ["so `ls` it</think>Two files.", "Two files."],
  ["<think>`ls` never ends", ""],
])("a thought is none for the back-ticks in it: %s", (content, text) => {
  expect(divideThoughts(content).text).toBe(text);
});
