/** `./minilab test`: format and lint, types, every test, a rehearsal; the last line has the sum. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { parseJson } from "../agents/protocol/message.ts";
import { add, conclude, FAILED, PASSED, type Tally } from "../test/rig/tally.ts";
import { startChild } from "./team/child.ts";
import { PROJECT_DIR, RUN_DIR } from "./team/project.ts";

const REPORT = join(RUN_DIR, "vitest.json");

/** `--containers` tests the Compose file instead. Exit code 1 when anything failed. */
export async function test(args: string[], signal: AbortSignal): Promise<number> {
  if (args.includes("--containers"))
    return (await import("../test/checks/containers.ts")).testContainers(signal);
  let total: Tally = { passed: 0, failed: 0 };
  for (const step of [checkStyle, checkTypes, runTests, runRehearsal]) {
    if (!signal.aborted) total = add(total, await step(signal));
  }
  return conclude(signal.aborted ? add(total, FAILED) : total);
}

const checkStyle = (signal: AbortSignal) => runStep("biome", [bin("biome"), "check"], signal);
const checkTypes = (signal: AbortSignal) => runStep("tsc", [bin("tsc")], signal);
const runRehearsal = (signal: AbortSignal) =>
  runStep("rehearsal", [process.execPath, join(PROJECT_DIR, "launcher/main.ts"), "rehearse"], signal);

async function runTests(signal: AbortSignal): Promise<Tally> {
  mkdirSync(RUN_DIR, { recursive: true });
  rmSync(REPORT, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`];
  const exit = await runStep("vitest", [bin("vitest"), "run", ...reporters], signal);
  const counted = readReport(existsSync(REPORT) ? readFileSync(REPORT, "utf8") : "");
  // a crash outside of any test is in the exit code alone
  return exit.failed > 0 && counted.failed === 0 ? add(counted, FAILED) : counted;
}

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
});

/** The tests in a report of vitest; a file that failed without a failed test counts as one failure. */
export function readReport(json: string): Tally {
  const parsed = report.safeParse(parseJson(json));
  if (!parsed.success) return FAILED;
  const { numPassedTests, numFailedTests, testResults } = parsed.data;
  const broken = testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed"),
  );
  return { passed: numPassedTests, failed: numFailedTests + broken.length };
}

async function runStep(name: string, argv: [string, ...string[]], signal: AbortSignal): Promise<Tally> {
  console.log(`\n== ${name}`);
  const child = startChild({ argv, cwd: PROJECT_DIR, env: process.env, output: "terminal" });
  const stop = () => void child.stop();
  signal.addEventListener("abort", stop, { once: true });
  const { exitCode } = await child.ended;
  signal.removeEventListener("abort", stop);
  if (exitCode === 0) return PASSED;
  console.log(`== ${name} FAILED`);
  return FAILED;
}

function bin(name: string): string {
  return join(PROJECT_DIR, "node_modules/.bin", name);
}
