import { expect, test } from "vitest";
import { nearNames } from "./near-names.ts";

const names = ["doctor", "rehearse", "reset", "up"];

test.each([
  ["docter", ["doctor"]],
  ["rehears", ["rehearse"]],
  ["rest", ["reset"]],
  ["upp", ["up"]],
  ["kubernetes", []],
])("%s may have been %j", (typed, near) => expect(nearNames(typed, names)).toEqual(near));
