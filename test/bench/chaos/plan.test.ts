import { expect, test } from "vitest";
import { FAILPOINTS, passesOf, TOOL_CLASSES } from "./failpoints.ts";
import { allCells, FAULTS, planRuns } from "./plan.ts";

test("a seed repeats a series, and another seed gives another one", () => {
  expect(planRuns(100, 7)).toEqual(planRuns(100, 7));
  expect(planRuns(100, 7)).not.toEqual(planRuns(100, 8));
});

test("forty runs hit every point, every class of tools and every fault", () => {
  const plans = planRuns(40, 3);
  expect(new Set(plans.map(({ point }) => point))).toEqual(new Set(FAILPOINTS));
  expect(new Set(plans.map(({ tools }) => tools))).toEqual(new Set(TOOL_CLASSES));
  expect(new Set(plans.map(({ fault }) => fault))).toEqual(new Set(FAULTS));
});

test("every cell comes up before any comes up again, at a pass that the turn has", () => {
  const cells = allCells();
  const plans = planRuns(cells.length, 1);
  expect(new Set(plans.map(({ point, tools, fault }) => `${point} ${tools} ${fault}`)).size).toBe(
    cells.length,
  );
  expect(plans.filter(({ nth, point, tools }) => nth < 1 || nth > passesOf(point, tools))).toEqual([]);
});
