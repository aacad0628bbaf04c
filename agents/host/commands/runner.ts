/** The runner of a command (runner.pl) as a process: started, found again by another life of the agent, stopped. */
import { rmdir } from "node:fs/promises";
import { arch } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { AppError } from "../../base/errors.ts";
import { FILE_BYTES, KEPT_BYTES } from "../../base/truncate.ts";
import { ageMs, callIn, readPid } from "./call-folder.ts";
import type { CommandSpec } from "./command.ts";
import { CALL_MARK, CallProcesses, readProc, sendSignal } from "./descendants.ts";
import { MAX_PROCESSES, MAX_TREE_BYTES } from "./limits.ts";
import type { Isolated } from "./sandbox.ts";

/** Beside this file, and beside the bundles, where launcher/team/bundle.ts puts it. */
const PROGRAM = join(import.meta.dirname, "runner.pl");

const DROPPED_TAIL_BYTES: number = KEPT_BYTES + 1;

/** The number of prctl(2), which Perl has no name for. */
const PRCTL: Readonly<Record<string, number>> = { x64: 157, arm64: 167, riscv64: 167, loong64: 167 };

/** Between the first signal and SIGKILL. */
export const GRACE_MS = 500;

/** Where a runner of root makes `minilab-<its process id>`: control groups of version 2 and 1. */
export const CONTROL_GROUPS = ["/sys/fs/cgroup", "/sys/fs/cgroup/pids"] as const;

const POLL_MS = 20;
/** A runner says its number within this time, or it never began. */
const START_MS = 2_000;
/** What stopping takes beside the grace of the command. */
const STOP_MS = 2_000;

export type Runner = {
  folder: string;
  pid: number;
  /** Resolves when it has ended. */
  gone: Promise<unknown>;
};

/** In a session of its own, without a descriptor of ours. AppError `missing_requirement` when it cannot be started. */
export async function startRunner(folder: string, spec: CommandSpec, isolated: Isolated): Promise<Runner> {
  const [program, ...args] = launchArguments(folder, spec, isolated.argv);
  const { cwd, env } = isolated;
  const apart = { extendEnv: false, detached: true, cleanup: false, stdio: "ignore", reject: false } as const;
  const gone = execa(program, args, { cwd, env, ...apart });
  if (gone.pid !== undefined) return { folder, pid: gone.pid, gone };
  throw new AppError("missing_requirement", (await gone).shortMessage ?? `${program} cannot be started`);
}

/** From the folder of a command to what is started; its environment is the command's. */
function launchArguments(
  folder: string,
  spec: Pick<CommandSpec, "callId" | "timeoutMs" | "graceMs" | "stopSignal">,
  command: readonly string[],
): [string, ...string[]] {
  const { callId, timeoutMs, graceMs = GRACE_MS, stopSignal = "SIGTERM" } = spec;
  const times = [timeoutMs / 1_000, graceMs / 1_000];
  const limits = [FILE_BYTES, DROPPED_TAIL_BYTES, MAX_PROCESSES, MAX_TREE_BYTES];
  const machine = [PRCTL[arch()] ?? 0, CONTROL_GROUPS.join(":")];
  const settings = [folder, `${CALL_MARK}=${callId}`, ...times, stopSignal.slice(3), ...limits, ...machine];
  return ["perl", PROGRAM, ...settings.map(String), ...command];
}

/** The living runner of a folder; one that was started a moment ago is waited for. */
export async function findRunner(folder: string): Promise<Runner | undefined> {
  while (readPid(folder) === undefined && (ageMs(folder) ?? START_MS) < START_MS) await delay(POLL_MS);
  const runner = { folder, pid: readPid(folder) ?? 0 };
  return isAlive(runner) ? { ...runner, gone: untilGone(runner) } : undefined;
}

/** Ask it to end its command in good order; one that does not is killed with all that belongs to the call. */
export async function stopRunner(runner: Runner, graceMs: number): Promise<void> {
  if (isAlive(runner)) sendSignal(runner.pid, "SIGTERM");
  if (!(await settledWithin(runner.gone, graceMs + STOP_MS))) await killCall(runner);
}

/** For a runner that is stuck, or that ended before its command. AppError `unavailable` when something survives. */
export async function killCall({ folder, pid }: { folder: string; pid: number | undefined }): Promise<void> {
  const callId = callIn(folder);
  if (callId !== undefined) await new CallProcesses(callId, pid).killAll();
  for (const group of CONTROL_GROUPS) await rmdir(`${group}/minilab-${pid}`).catch(() => {}); // most took it away, or had none
}

/** Its number may have gone to another process: only the right folder among its arguments counts. */
function isAlive({ folder, pid }: Pick<Runner, "folder" | "pid">): boolean {
  return readProc(pid, "cmdline").split("\0").includes(folder);
}

async function untilGone(runner: Pick<Runner, "folder" | "pid">): Promise<void> {
  while (isAlive(runner)) await delay(POLL_MS);
}

/** Whether it settled in time; the rest of the wait is dropped when it did. */
async function settledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(ms, false, { signal: timer.signal }).catch(() => false);
  const settled = await Promise.race([promise.then(() => true), late]);
  timer.abort();
  return settled;
}
