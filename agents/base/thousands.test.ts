import { expect, test } from "vitest";
import { thousands } from "./thousands.ts";

test("a count has a comma before each three digits, as toLocaleString writes it", () => {
  for (const count of [0, 7, 999, 1_000, 1_001, 12_034, 999_999, 1_000_000, 2 ** 53 - 1])
    expect(thousands(count)).toBe(count.toLocaleString("en-US"));
});
