import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const SUITES = join(import.meta.dirname, "..");
const ENDPOINT = /^\s+(?:\.\.\.\{.*)?OPENAI_API_BASE: /m;
/** In the suite's own process, with tools that run no program. */
const IN_PROCESS = ["bench/peers/ours.ts"];

test("whoever starts an agent lets it find the programs that were brought", () => {
  const starters = globSync("**/*.ts", { cwd: SUITES })
    .filter((file) => !file.endsWith(".test.ts") && !IN_PROCESS.includes(file))
    .filter((file) => ENDPOINT.test(readFileSync(join(SUITES, file), "utf8")));
  expect(starters.length).toBeGreaterThan(2);
  const unaware = starters.filter(
    (file) => !readFileSync(join(SUITES, file), "utf8").includes("productEnv()"),
  );
  expect(unaware).toEqual([]);
});
