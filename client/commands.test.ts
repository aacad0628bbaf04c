import { expect, test } from "vitest";
import { parseInput } from "./commands.ts";
import { splitBurst } from "./pipe-input.ts";

test.each([
  ["  ", { kind: "nothing" }],
  ["STOP", { kind: "control", command: "STOP" }],
  [" CLEAR \n", { kind: "control", command: "CLEAR" }],
  ["/stop", { kind: "control", command: "STOP" }],
  ["exit", { kind: "exit" }],
  ["/QUIT", { kind: "exit" }],
  ["/history 20", { kind: "local", command: "/history", argument: "20" }],
  ["stop", { kind: "control", command: "STOP" }],
  ["Stop!", { kind: "control", command: "STOP" }],
  ["they should STOP now", { kind: "message", content: "they should STOP now" }],
  [
    "stop the web server on pve1 before noon",
    { kind: "message", content: "stop the web server on pve1 before noon" },
  ],
  ["@DevOps_Builder stop it", { kind: "message", content: "@DevOps_Builder stop it" }],
  ["one\nSTOP\ntwo", { kind: "message", content: "one\nSTOP\ntwo" }],
  ["/help\nme", { kind: "message", content: "/help\nme" }],
  ["/etc/hosts is wrong", { kind: "message", content: "/etc/hosts is wrong" }],
])("%j means %j", (text, input) => {
  expect(parseInput(text)).toEqual(input);
});

test.each([
  "STPO",
  "xSTOP",
  "theSTOP",
  "STOP please",
  "please stop now",
  "stop it!",
  "cleanup STOP",
  "ClreaCLEAR",
  "clear",
])("%s is close to a control word and is asked about (F09)", (content) => {
  expect(parseInput(content)).toMatchObject({ kind: "unsure", content });
});

test.each([
  ["/sttus", "/status"],
  ["/stat", "/status"],
  ["/histroy", "/history"],
  ["/agent", "/agents"],
])("%s is refused with %s named", (typed, near) => {
  const input = parseInput(typed);
  expect(input.kind === "unknown" && input.near).toContain(near);
});

test("an unknown command that is close to none is refused as well", () => {
  expect(parseInput("/x")).toMatchObject({ kind: "unknown", name: "/x" });
});

test("in a pipe a burst is one message, and a control word on its own line is acted on", () => {
  expect(splitBurst("one\n\n\ttwo ä\n")).toEqual(["one\n\n\ttwo ä"]);
  expect(splitBurst("hello\nSTOP\n")).toEqual(["hello", "STOP"]);
  expect(splitBurst("a\nb\n/status\nc\nexit")).toEqual(["a\nb", "/status", "c", "exit"]);
  expect(splitBurst("we\nstop\nhere")).toEqual(["we\nstop\nhere"]);
  expect(splitBurst("a STOP\nxSTOP\n/etc\n")).toEqual(["a STOP\nxSTOP\n/etc"]);
  expect(splitBurst("\n \n")).toEqual([]);
});
