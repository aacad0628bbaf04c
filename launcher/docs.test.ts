import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadProfile, PROFILE_NAMES } from "../lab/model/profile.ts";
import { BENCHMARKS } from "./benchmarks.ts";
import { PROJECT_DIR } from "./team/project.ts";

const DOCS = [
  "README.md",
  "AGENTS.md",
  ".env.template",
  "docs/architecture.md",
  "docs/extending.md",
  "docs/lab.md",
];
const files = globSync("{agents,client,lab,launcher,test,docs,prompts}/**", { cwd: PROJECT_DIR });

/** A file is named by its path, which may leave out its first folders where the text has told them. */
function missingFiles(text: string): string[] {
  const named = [...text.matchAll(/`([\w./-]+\.(?:ts|pl|sh|yaml))`/g)].map(([, path]) => path ?? "");
  const isThere = (path: string) =>
    existsSync(join(PROJECT_DIR, path)) || files.some((file) => file.endsWith(`/${path}`));
  return named.filter((path) => !isThere(path));
}

/** What follows `./minilab` in a text and is neither a command nor, after `bench`, the name of a benchmark. */
function missingCommands(text: string): string[] {
  const named = [...text.matchAll(/\.\/minilab (bench )?([a-z][\w-]*)/g)];
  return named.flatMap(([, bench, name = ""]) => {
    const known = bench === undefined ? commands : benchmarks;
    return known.includes(name) || name === "help" ? [] : [name];
  });
}

const help = readFileSync(join(PROJECT_DIR, "minilab"), "utf8").split("\n");
const commands = help.flatMap((line) => /^\.\/minilab ([\w-]+)/.exec(line)?.[1] ?? []);
const benchmarks = Object.keys(BENCHMARKS);

test.each(DOCS)("%s names only files and commands that exist", (doc) => {
  const text = readFileSync(join(PROJECT_DIR, doc), "utf8");
  expect(missingFiles(text)).toEqual([]);
  expect(missingCommands(text)).toEqual([]);
});

test("README tells of every benchmark", () => {
  const readme = readFileSync(join(PROJECT_DIR, "README.md"), "utf8");
  expect(benchmarks.filter((name) => !readme.includes(`\n| \`${name}\` |`))).toEqual([]);
});

test("README says of each server that there is a profile of what it needs", () => {
  const readme = readFileSync(join(PROJECT_DIR, "README.md"), "utf8");
  const rows = PROFILE_NAMES.map(loadProfile).map(({ title, needs }) => `| ${title} | ${needs} |`);
  expect(rows.filter((row) => !readme.includes(`\n${row}\n`))).toEqual([]);
  expect(readme).toContain("No row was tried on the real server");
});

test("a file and a command that are gone would be found", () => {
  expect(missingFiles("`host/no-such.ts`, `protocol/roles.ts`")).toEqual(["host/no-such.ts"]);
  expect(missingCommands("./minilab fly, ./minilab bench nothing, ./minilab up")).toEqual(["fly", "nothing"]);
});

test("AGENTS.md has at most 60 lines", () => {
  expect(readFileSync(join(PROJECT_DIR, "AGENTS.md"), "utf8").split("\n").length - 1).toBeLessThanOrEqual(60);
});
