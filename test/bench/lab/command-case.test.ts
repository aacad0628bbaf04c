import { expect, it } from "vitest";
import { judgeCommand, readTopics } from "./command-case.ts";

const topics = readTopics();
const cases = topics.flatMap((topic) => topic.cases);
const CASE = {
  ...{ command: "x", node: "pve1", user: "root", exit: 0 as const, source: "x(1)" },
  ...{ stdout: ["^a$", "b"], stderr: [], never: ["host"], plausible: ["a"] },
};

it("holds at least 300 commands, each with a source", () => {
  expect(cases.length).toBeGreaterThanOrEqual(300);
  expect(cases.every(({ source }) => /\w\(\d\)|\.\w+|:/.test(source))).toBe(true);
});

it("has only patterns that can be read, and that ask for something", () => {
  for (const { stdout, stderr, never, plausible } of cases)
    for (const pattern of [...stdout, ...stderr, ...never, ...plausible]) {
      expect(() => new RegExp(pattern, "m")).not.toThrow();
      expect(pattern).not.toBe("");
    }
});

it("judges by exit code and patterns, and knows a gap from an answer", () => {
  const answer = (exitCode: number | null, stdout: string, stderr = "") =>
    judgeCommand(CASE, { exitCode, stdout, stderr });
  expect(answer(0, "a\nb\n")).toBe("right");
  expect(answer(0, "ab\n")).toBe("plausible");
  expect(answer(0, "c\n")).toBe("wrong");
  expect(answer(1, "a\nb\n")).toBe("wrong");
  expect(answer(null, "a\nb\n")).toBe("wrong");
  expect(answer(0, "a\nb\nhost\n")).toBe("wrong");
  expect(answer(255, "", "lab: 'x' is not simulated\n")).toBe("not_simulated");
});

it("takes a failure of any code, but not a program that is not there", () => {
  const fails = { ...CASE, exit: "failure" as const, stdout: [], never: [] };
  const answer = (exitCode: number) => judgeCommand(fails, { exitCode, stdout: "", stderr: "" });
  expect([2, 255].map(answer)).toEqual(["right", "right"]);
  expect([0, 127].map(answer)).toEqual(["wrong", "wrong"]);
});
