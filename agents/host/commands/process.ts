/**
 * Child processes: started without the agent's environment, ended with all their descendants. Each has a runner
 * that outlives the agent, so what happened while there was none is known afterwards.
 */

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Permit } from "../../base/permit.ts";
import type { Artifacts } from "../../base/truncate.ts";
import type { Redactor } from "../../redact/redact.ts";
import { abortable } from "./abortable.ts";
import { RUNNER_FILE, RUNNER_SOURCE } from "./call-runner.ts";
import * as calls from "./call-state.ts";
import { NO_OUTPUT } from "./capture.ts";
import { findRunner, killCall, type Runner, startRunner, stopRunner } from "./runner-process.ts";
import type { Sandbox } from "./sandbox.ts";

export type CommandSpec = {
  /** Program and arguments; never a string for a shell to split. */
  argv: readonly [string, ...string[]];
  /** Where it starts, as the model sees it: a path inside one of the workspace roots. */
  cwd: string;
  /** The whole environment besides PATH, HOME, LANG and TERM. */
  env?: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed. */
  input?: string;
  timeoutMs: number;
  /** Marks the process and all its descendants, so that none survives; the name under which it is adopted. */
  callId: string;
  /** A word that tells a second command of the same call from its first. */
  part?: string | undefined;
  /** "read-only": nothing of the workspace can be written and there is no network. */
  isolation: "workspace" | "read-only";
  /** Unix sockets that must be reachable (an SSH agent). */
  sockets?: readonly string[];
  /** Sent first on cancel; the default is SIGTERM. Terraform gets SIGINT and time to write its state. */
  stopSignal?: "SIGTERM" | "SIGINT";
  /** Between the first signal and SIGKILL; the default is 500. */
  graceMs?: number;
  signal: AbortSignal;
};

/** How a process ended. A killed process is never a success. */
export type CommandResult = {
  kind: "exited" | "timeout" | "cancelled" | "not-started";
  exitCode: number | null;
  signalName: string | null;
  stdout: CapturedOutput;
  stderr: CapturedOutput;
  durationMs: number;
};

/** Head and tail of a stream, and where all of it is when it was too long to keep. */
export type CapturedOutput = { text: string; totalBytes: number; truncated: boolean; file: string | null };

/** `run` and `adopt` reject with AppError only: what the sandbox refuses, and processes that cannot be killed. */
export interface ProcessRunner {
  /** In "container" commands are another user, of a group that the agent may share files with. */
  readonly sandbox: Sandbox["kind"];
  run(spec: CommandSpec): Promise<CommandResult>;
  /**
   * The result of a command that an earlier life of this agent started, waited for when it still runs. Undefined
   * when neither a result nor a runner is left: what it did is not known.
   */
  adopt(callId: string, options: { signal: AbortSignal }): Promise<CommandResult | undefined>;
  /** End what still runs of these calls, in good order, and forget their results. */
  endCalls(isOver: (callId: string) => boolean): Promise<void>;
}

export type ProcessOptions = {
  sandbox: Sandbox;
  artifacts: Artifacts;
  permit: Permit;
  /** Where calls keep their state: a folder of this agent alone that survives it, out of reach of commands. */
  calls: string;
  /** The PATH of commands. */
  systemPath?: string;
  /** For the files with full outputs. */
  redactor: Redactor;
};

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const GRACE_MS = 500;

type Settings = Required<ProcessOptions>;

export function createProcessRunner(options: ProcessOptions): ProcessRunner {
  const settings = { systemPath: SYSTEM_PATH, ...options };
  return {
    sandbox: options.sandbox.kind,
    run: (spec) => runCommand(settings, spec),
    adopt: (callId, { signal }) => adoptCall(settings, callId, signal),
    endCalls: (isOver) => endCalls(settings, isOver),
  };
}

async function runCommand(settings: Settings, spec: CommandSpec): Promise<CommandResult> {
  const folder = calls.stateFolder(settings.calls, spec);
  for (const program of ["perl", "prlimit", spec.argv[0]]) {
    if (isProgram(program, settings.systemPath)) continue;
    return notRun("not-started", `${program}: no such program`);
  }
  const env = { PATH: settings.systemPath, HOME: "/tmp", LANG: "C.UTF-8", TERM: "dumb", ...spec.env };
  const isolated = await settings.sandbox.isolate(spec, env);
  if (spec.signal.aborted) return notRun("cancelled", "");
  const files = { [RUNNER_FILE]: RUNNER_SOURCE, input: spec.input ?? "" };
  settings.permit();
  if (!calls.makeState(folder, files)) {
    await endState(folder); // of an earlier life, whose call is begun again
    settings.permit();
    calls.makeState(folder, files);
  }
  const runner = await startRunner(folder, spec, isolated);
  if (!(await waitFor(runner, { graceMs: spec.graceMs, signal: spec.signal })))
    return notRun("cancelled", "");
  const kind = spec.signal.aborted ? "cancelled" : "exited";
  return (await outcome(settings, folder, runner)) ?? { ...notRun(kind, ""), signalName: "SIGKILL" };
}

async function adoptCall(
  settings: Settings,
  callId: string,
  signal: AbortSignal,
): Promise<CommandResult | undefined> {
  const folder = calls.stateFolder(settings.calls, { callId });
  const runner = await findRunner(folder);
  const adopter = runner && calls.markAdopted(folder);
  if (runner && !(await waitFor(runner, { signal, adopter }))) return undefined;
  return await outcome(settings, folder, runner);
}

type Wait = { signal: AbortSignal; graceMs?: number | undefined; adopter?: string | undefined };

/** Until the runner has ended; the signal ends it. False when another life of the agent has adopted it meanwhile. */
async function waitFor(runner: Runner, { signal, graceMs = GRACE_MS, adopter }: Wait): Promise<boolean> {
  try {
    await abortable(runner.gone, signal);
  } catch {
    if (calls.adopterOf(runner.folder) !== adopter) return false;
    await stopRunner(runner, graceMs);
  }
  return true;
}

/** Of a runner that has ended; undefined when it left no result. */
async function outcome(
  { artifacts: { directory }, redactor }: Settings,
  folder: string,
  runner: Runner | undefined,
): Promise<CommandResult | undefined> {
  const result = await sweep(folder, runner);
  return result && (await calls.toCommandResult(folder, result, { directory, redactor }));
}

/** A runner that did not come to its end may have left processes: afterwards there are none. */
async function sweep(folder: string, runner: Runner | undefined): Promise<calls.RunnerResult | undefined> {
  const result = calls.readResult(folder);
  if (!result || result.kind === "broken") await killCall({ folder, pid: runner?.pid });
  return result;
}

async function endCalls({ calls: directory }: Settings, isOver: (callId: string) => boolean): Promise<void> {
  const states = calls.listStates(directory);
  const over = states.filter(({ folder, isOld }) => isOld || isOver(calls.callIdOf(folder)));
  await Promise.all(over.map(({ folder }) => endState(folder)));
}

async function endState(folder: string): Promise<void> {
  const runner = await findRunner(folder);
  if (runner) await stopRunner(runner, GRACE_MS);
  await sweep(folder, runner);
  await calls.removeState(folder);
}

function notRun(kind: "cancelled" | "not-started" | "exited", problem: string): CommandResult {
  const stderr = { ...NO_OUTPUT, text: problem, totalBytes: Buffer.byteLength(problem) };
  return { kind, exitCode: null, signalName: null, stdout: NO_OUTPUT, stderr, durationMs: 0 };
}

/** A name is looked up on the PATH here: inside a sandbox a missing program is only an exit code. */
function isProgram(name: string, systemPath: string): boolean {
  return name.includes("/") || systemPath.split(delimiter).some((folder) => existsSync(join(folder, name)));
}
