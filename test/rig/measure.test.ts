import { expect, test } from "vitest";
import { median, memoryOf, percentile, rounded } from "./measure.ts";

test("a percentile is a sample, by nearest rank, whatever the order", () => {
  const samples = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(percentile(samples, 0.99)).toBe(99);
  expect(median([9, 1, 5])).toBe(5);
  expect(percentile([7, 3], 0.99)).toBe(7);
});

test("no samples are no figure", () => {
  expect(median([])).toBeNaN();
});

test("figures have three digits, or are whole numbers", () => {
  expect([rounded(1000.6), rounded(0.98765)]).toEqual([1001, 0.988]);
});

test("the memory of a process is what the kernel says", () => {
  const { rssMb, pssMb } = memoryOf(process.pid);
  expect(rssMb).toBeGreaterThan(20);
  expect(pssMb).toBeLessThanOrEqual(rssMb);
});
