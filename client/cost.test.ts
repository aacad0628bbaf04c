import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadConfig } from "../agents/base/config.ts";
import { costOf, NO_PRICES, type PriceRow, priceOf, readPrices } from "../agents/protocol/prices.ts";
import { NO_TOKENS, type Spending } from "../agents/protocol/spending.ts";
import { createRedactor } from "../agents/redact/redact.ts";
import { ours } from "../agents/redact/redacted.ts";
import { costLine, costOfAll, costText } from "./cost.ts";

const PROJECT = join(import.meta.dirname, "..");
const directory = mkdtempSync(join(tmpdir(), "minilab-prices-"));
afterAll(() => rmSync(directory, { recursive: true }));

const row = (model: string, more: Partial<PriceRow> = {}): PriceRow => ({
  ...{ model, input: 1, cachedInput: 0.1, cacheWrite: 2, output: 10, source: "s", read: "2026-01-01" },
  ...more,
});
const prices = { rows: [row("m")], problems: [] };
const spent = (more: Partial<Spending> = {}): Spending => ({
  ...{ role: "QA_Tester", messageId: "1", model: ours("m"), server: ours("h:1"), steps: 1, estimated: 0 },
  ...{ ...NO_TOKENS, prompt: 1_000_000, cached: 500_000, cacheWrite: 100_000, completion: 10_000 },
  ...more,
});

test("each kind of token has its price: cached and written ones are parts of the prompt (R53)", () => {
  expect(costOf(spent(), row("m"))).toBeCloseTo(0.4 + 0.05 + 0.2 + 0.1, 9);
  const plain = { input: 1, output: 10 };
  expect(costOf(spent(), plain)).toBeCloseTo(1.1, 9);
});

test("a price holds for its model, also of a dated name, and for its servers alone (R53)", () => {
  const rows = [row("a", { servers: ["api.x.com"], input: 5 }), row("a-2025-08-07", { input: 7 }), row("b")];
  const input = (model: string, server: string) => priceOf({ rows, problems: [] }, { model, server })?.input;
  expect(input("a", "api.x.com")).toBe(5);
  expect(input("a", "api.x.com:443")).toBe(5);
  expect(input("a", "127.0.0.1:1234")).toBeUndefined();
  expect(input("a-2025-09-01", "api.x.com")).toBe(5);
  expect(input("a-2025-08-07", "api.x.com")).toBe(7);
  expect(input("b-20251001", "anything")).toBe(1);
  expect(input("a-large", "api.x.com")).toBeUndefined();
});

test("prices.json names a source and a day for each row; the operator's own file comes before it (R53)", () => {
  const redact = createRedactor([]);
  const known = readPrices(loadConfig({ PROJECT_DIR: PROJECT }), redact);
  expect(known.problems).toEqual([]);
  expect(known.rows.length).toBeGreaterThan(4);
  for (const { source, servers, input, cachedInput = 0 } of known.rows) {
    expect(source).toMatch(/^https:\/\//);
    expect(servers).toHaveLength(1);
    expect(cachedInput).toBeLessThan(input);
  }
  const asked = { model: "gpt-5-mini", server: "api.openai.com" };
  expect(priceOf(known, asked)).toMatchObject({ input: 0.25, cachedInput: 0.025, output: 2 });
  const file = join(directory, "own.json");
  const own = (text: string) => {
    writeFileSync(file, text);
    return readPrices(loadConfig({ PROJECT_DIR: PROJECT, PRICES_FILE: file }), redact);
  };
  expect(priceOf(own(JSON.stringify({ models: [row("gpt-5-mini", { input: 9 })] })), asked)?.input).toBe(9);
  for (const bad of ["{", "[]", JSON.stringify({ models: [row("gpt-5-mini", { input: -1 })] })]) {
    const found = own(bad);
    expect(found.problems.join()).toContain("own.json");
    expect(priceOf(found, asked)?.input).toBe(0.25);
  }
});

test("what has no price is unknown, never nothing; what was estimated says so (R53)", () => {
  const strange = spent({ role: "DevOps_Builder", model: ours("x"), estimated: 1 });
  const line = (...spending: Spending[]) => costLine(costOfAll(spending, prices));
  expect(line()).toBe("");
  expect(line(spent())).toBe("1.0M tokens, $0.7500");
  expect(line(strange)).toBe("~1.0M tokens");
  expect(line(spent({ estimated: 1, prompt: 900, cached: 0, cacheWrite: 0, completion: 0 }))).toBe(
    "~900 tokens, ~$0.0009",
  );
  expect(line(spent({ prompt: 12_345, cached: 0, cacheWrite: 0 }), strange)).toMatch(
    /^~1.0M tokens, at least ~\$0/,
  );
  const text = costText([spent(), strange, spent()], prices);
  const lines = text.split("\n").map((each) => each.trim().split(/ {2,}/));
  expect(lines[1]).toEqual(["QA_Tester", "2", "2,000,000", "1,000,000", "200,000", "20,000", "0", "$1.50"]);
  expect(lines[2]).toEqual([
    ...["DevOps_Builder", "1", "~1,000,000", "500,000", "100,000", "~10,000", "0", "unknown"],
  ]);
  expect(lines[3]?.slice(0, 3)).toEqual(["all", "3", "~3,000,000"]);
  expect(lines[3]?.at(-1)).toBe("at least ~$1.50");
  expect(text).toContain("price unknown: x at h:1. Set it in a file that PRICES_FILE names");
  expect(text).toContain("did not count 1 of 3 steps");
  expect(costText([spent()], NO_PRICES)).not.toContain("$");
});
