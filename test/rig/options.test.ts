import { expect, test } from "vitest";
import { readCount, readOptions } from "./options.ts";

test("options have defaults, and what is no option is refused with the usage", () => {
  expect(readOptions(["--only", "model"], { trials: "20", only: "" })).toEqual({
    trials: "20",
    only: "model",
  });
  expect(() => readOptions(["--trial", "3"], { trials: "20" })).toThrow(/usage: \[--trials 20\]/);
});

test("a count is a whole number above zero", () => {
  expect(readCount("trials", "3")).toBe(3);
  for (const text of ["0", "-1", "1.5", "many", ""])
    expect(() => readCount("trials", text)).toThrow(/--trials/);
});
