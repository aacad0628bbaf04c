/** `./minilab test --fresh`: the README's two commands on a bare Debian that was made for them and is gone afterwards. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { AppError, describeError } from "../../agents/base/errors.ts";
import { add, conclude, FAILED, readSum, type Tally } from "../rig/tally.ts";
import { type FreshRoot, makeFreshRoot } from "./fresh-root.ts";

const RELEASES = ["bookworm", "trixie"] as const;
export type Release = (typeof RELEASES)[number];

/** Every release unless one is named. AppError `bad_arguments` for one that is not tested. */
export function readReleases(name: string | undefined): readonly Release[] {
  if (name === undefined) return RELEASES;
  const found = RELEASES.filter((release) => release === name);
  if (found.length > 0) return found;
  throw new AppError("bad_arguments", `--release is one of ${RELEASES.join(", ")}`);
}

export type FreshOptions = {
  releases: readonly Release[];
  /** Of `./minilab test` the quick part. */
  isQuick: boolean;
  signal: AbortSignal;
};

/** Exit code 1 when anything failed in any of the releases. */
export async function testFresh({ releases, isQuick, signal }: FreshOptions): Promise<number> {
  const commands = [["rehearse"], isQuick ? ["test", "--quick"] : ["test"]];
  let total: Tally = { passed: 0, failed: 0 };
  for (const release of releases) {
    try {
      total = add(total, await testRelease(release, commands, signal));
    } catch (error) {
      console.log(`not ok  ${release}: ${describeError(error)}`);
      total = add(total, FAILED);
    }
  }
  return conclude(total);
}

async function testRelease(release: Release, commands: string[][], signal: AbortSignal): Promise<Tally> {
  const directory = mkdtempSync(join(tmpdir(), `minilab-${release}-`));
  try {
    console.log(`\n== ${release}: a bare root in ${directory}`);
    const root = await makeFreshRoot({ directory, release, signal });
    let total: Tally = { passed: 0, failed: 0 };
    for (const command of commands) {
      signal.throwIfAborted();
      console.log(`\n== ${release}: ./minilab ${command.join(" ")}`);
      total = add(total, await runInside(root, command, signal));
    }
    return total;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What a command prints as its last line counts; the exit code alone when that is no sum. */
async function runInside(root: FreshRoot, command: string[], signal: AbortSignal): Promise<Tally> {
  const [program, ...args] = root.enter(["./minilab", ...command]);
  const child = spawn(program, args, {
    env: root.env,
    stdio: ["ignore", "pipe", "inherit"],
    signal,
    killSignal: "SIGKILL",
  });
  const ended = once(child, "close");
  let last = "";
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line);
    last = line;
  }
  const [exitCode] = await ended;
  const verdict: Tally = exitCode === 0 ? { passed: 1, failed: 0 } : FAILED;
  const sum = readSum(last) ?? verdict;
  return exitCode !== 0 && sum.failed === 0 ? add(sum, FAILED) : sum;
}
