/** Fails when a regular expression is polynomial: one long text would then hold an agent for minutes. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadScenario } from "../lab/model/scenario.ts";
import { expressionsOf, judge, slowExpressions } from "./testing/expression-rule.ts";
import type { Sources } from "./testing/import-rule.ts";

const PROJECT = join(import.meta.dirname, "..");
const files = globSync("{agents,client,lab,test,launcher}/**/*.ts", { cwd: PROJECT }).sort();
const sources: Sources = new Map(files.map((file) => [file, readFileSync(join(PROJECT, file), "utf8")]));
const LIMIT_MS = 600_000;

const planted = (text: string): Sources => new Map([["agents/tools/run-shell.ts", text]]);

describe("regular expressions", () => {
  test("all of the sources are linear", { timeout: LIMIT_MS }, async () => {
    const found = [...sources].flatMap(([file, source]) => expressionsOf(file, source));
    expect(found.length).toBeGreaterThan(300);
    expect(await slowExpressions(sources)).toEqual([]);
  });

  test("so are the patterns of the scenarios", { timeout: LIMIT_MS }, async () => {
    const scenarios = globSync("lab/scenarios/*.yaml", { cwd: PROJECT });
    const patterns = scenarios.flatMap((file) => expressionsIn(loadScenario(join(PROJECT, file))));
    expect(patterns.length).toBeGreaterThan(20);
    const verdicts = patterns.map(async (pattern) => ((await judge(pattern)) ? [pattern.source] : []));
    expect((await Promise.all(verdicts)).flat()).toEqual([]);
  });

  test.each([
    String.raw`text.replace(/\s+$/, "");`,
    String.raw`// Linear because I say so.
    text.replace(/\s+$/, "");`,
    "new RegExp(text).test(other);",
    "RegExp(`^x`).test(other);",
    "globalThis.RegExp(name);",
    'text.search("a+$");',
    "const x = /[[a-z]--[b]]/v;",
  ])("a planted one is found: %s", async (text) => {
    expect(await slowExpressions(planted(text))).toHaveLength(1);
  });

  test.each([
    'const note = "/\\\\s+$/"; // /\\s+$/',
    "// Linear because the name is a word.\nnew RegExp(name);",
    "const x = /[[a-z]--[b]]/v; // Linear because it is one character.",
    "text.replace(/[ \\n]{1,8}x/, '');",
  ])("what is none, or is argued, is left alone: %s", async (text) => {
    expect(await slowExpressions(planted(text))).toEqual([]);
  });
});

function expressionsIn(value: unknown): RegExp[] {
  if (value instanceof RegExp) return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(expressionsIn) : [];
}
