/**
 * Keeps docs/failures-covered.md: which test proves that a numbered failure of the original is impossible here.
 * A test names the rows that it proves at the end of its title: "... (F01, F10)". After adding one:
 * `npx vitest run agents/failures-covered.test.ts --update`.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const PROJECT = join(import.meta.dirname, "..");
const DOCUMENT = join(PROJECT, "docs/failures-covered.md");
const HEADER = `# Failures that are covered

The experiment that this project ports failed in 75 measured ways, F01 to F75. Later faults of this project's own were
found when language models played the roles (R), when people used it (O), and when real playbooks met its tools (B). Each
row names the tests that prove that it cannot happen here; a row that is not in the table is not proved yet. Written by
\`agents/failures-covered.test.ts\`.

| row | proved by | in |
|---|---|---|
`;

test("docs/failures-covered.md lists the tests that name a failure", async () => {
  const files = globSync(
    [
      "{agents,client,lab,launcher,test}/**/*.test.ts",
      "agents/testing/{approvals,bus}-contract.ts",
      "test/checks/container-checks.ts",
    ],
    {
      cwd: PROJECT,
    },
  ).filter((file) => !file.endsWith("failures-covered.test.ts"));
  const rows = files
    .sort()
    .flatMap((file) => titlesIn(readFileSync(join(PROJECT, file), "utf8")).flatMap(rowsOf(file)));
  expect(rows.length).toBeGreaterThan(50);
  await expect(`${HEADER}${rows.sort().join("\n")}\n`).toMatchFileSnapshot(DOCUMENT);
});

function titlesIn(source: string): string[] {
  return [...source.matchAll(/"([^"\n]*\((?:[FROB]\d\d(?:, )?)+\)[^"\n]*)"/g)].map(
    ([, title]) => title ?? "",
  );
}

function rowsOf(file: string): (title: string) => string[] {
  return (title) => {
    const named = title.match(/[FROB]\d\d/g) ?? [];
    const words = title.replace(/\s*\((?:[FROB]\d\d(?:, )?)+\)/, "").replaceAll("|", "\\|");
    return named.map((row) => `| ${row} | ${words} | ${file} |`);
  };
}
