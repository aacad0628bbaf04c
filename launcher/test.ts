/** `./minilab test`: format and lint, types, every test, a rehearsal; then what was not proved here, and the sum. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AppError, describeError } from "../agents/base/errors.ts";
import { add, conclude, FAILED, PASSED, type Tally } from "../test/rig/tally.ts";
import { startChild } from "./team/child.ts";
import { PROJECT_DIR, RUN_DIR } from "./team/project.ts";
import { makeTestFolder, removeTestFolder } from "./test-folder.ts";
import { readReport, skippedTests } from "./vitest-report.ts";

const REPORT = join(RUN_DIR, "vitest.json");

/** Tests write here what they could not prove on this machine, one a line. */
const DID_LESS = join(RUN_DIR, "did-less");
/** Those of minutes, by the names of their files: whole series, each again with a guard out, and whole plays. */
const LONG = [".long.test.ts"];
const NOT_LONG = ["--exclude", "**/*.long.test.ts"];
/** The quick tests: no benchmark, no attack, no whole team, no machine of the lab. */
const QUICK = [
  "agents/base/",
  "agents/redact/",
  "agents/protocol/",
  "agents/bus/",
  "agents/host/",
  "agents/tools/",
].concat(["lab/api/", "lab/cluster/", "lab/firewall/", "lab/pmxcfs/", "lab/system/"]);

/** `--long` runs the long tests instead, `--containers` tests the Compose file, `--fresh` a bare Debian. Exit code 1 when anything failed. */
export async function test(args: string[], signal: AbortSignal): Promise<number> {
  const { containers, fresh, long, quick, release } = readTestOptions(args);
  if (containers) return (await import("../test/checks/containers.ts")).testContainers(signal);
  if (fresh) {
    const { readReleases, testFresh } = await import("../test/checks/fresh.ts");
    return testFresh({ releases: readReleases(release), isQuick: quick, signal });
  }
  if (long) return conclude(await runTests(LONG, signal));
  const tests = (limit: AbortSignal) => runTests([...NOT_LONG, ...(quick ? QUICK : [])], limit);
  let total: Tally = { passed: 0, failed: 0 };
  for (const step of [checkStyle, checkTypes, tests, ...(quick ? [] : [runRehearsal])]) {
    if (!signal.aborted) total = add(total, await step(signal));
  }
  return conclude(signal.aborted ? add(total, FAILED) : total);
}

function readTestOptions(args: string[]) {
  const flag = { type: "boolean", default: false } as const;
  try {
    const options = {
      containers: flag,
      fresh: flag,
      long: flag,
      quick: flag,
      release: { type: "string" },
    } as const;
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new AppError("bad_arguments", `${describeError(error)}; ./minilab help lists what there is`);
  }
}

const checkStyle = (signal: AbortSignal) => runStep("biome", [bin("biome"), "check"], { signal });
const checkTypes = (signal: AbortSignal) => runStep("tsc", [bin("tsc")], { signal });
const runRehearsal = (signal: AbortSignal) =>
  runStep("rehearsal", [process.execPath, join(PROJECT_DIR, "launcher/main.ts"), "rehearse"], { signal });

async function runTests(which: readonly string[], signal: AbortSignal): Promise<Tally> {
  mkdirSync(RUN_DIR, { recursive: true });
  for (const file of [REPORT, DID_LESS]) rmSync(file, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`];
  const folder = makeTestFolder();
  const exit = await runStep("vitest", [bin("vitest"), "run", ...reporters, ...which], {
    signal,
    env: { TMPDIR: folder },
  });
  removeTestFolder(folder);
  const json = readIfThere(REPORT);
  sayWhatWasNotProved([...linesOf(readIfThere(DID_LESS)), ...skippedTests(json)]);
  const counted = readReport(json);
  // a crash outside of any test is in the exit code alone
  return exit.failed > 0 && counted.failed === 0 ? add(counted, FAILED) : counted;
}

function sayWhatWasNotProved(lines: readonly string[]): void {
  if (lines.length === 0) return;
  console.log(
    `\n== not proved on this machine\n${[...new Set(lines)].map((line) => `  ${line}`).join("\n")}`,
  );
}

const linesOf = (text: string) => text.split("\n").filter((line) => line !== "");

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

async function runStep(
  name: string,
  argv: [string, ...string[]],
  { signal, env = {} }: { signal: AbortSignal; env?: Record<string, string> },
): Promise<Tally> {
  console.log(`\n== ${name}`);
  const child = startChild({
    argv,
    cwd: PROJECT_DIR,
    env: { ...process.env, ...env, MINILAB_DID_LESS: DID_LESS },
    output: "terminal",
  });
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
