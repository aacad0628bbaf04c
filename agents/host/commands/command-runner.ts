/**
 * Child processes: started without the agent's environment, ended with all their descendants. Each has a runner
 * that outlives the agent, so what happened while there was none is known afterwards.
 */

import { existsSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Permit } from "../../base/permit.ts";
import type { Artifacts } from "../../base/truncate.ts";
import type { Redactor } from "../../redact/redact.ts";
import { ours, redacted } from "../../redact/redacted.ts";
import { abortable } from "./abortable.ts";
import * as calls from "./call-folder.ts";
import type { CallId } from "./call-id.ts";
import { NO_OUTPUT } from "./capture.ts";
import type { CommandResult, CommandRunner, CommandSpec } from "./command.ts";
import { findRunner, GRACE_MS, killCall, type Runner, startRunner, stopRunner } from "./runner.ts";
import type { Sandbox } from "./sandbox.ts";

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

export const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

type Settings = Required<ProcessOptions>;

export function createCommandRunner(options: ProcessOptions): CommandRunner {
  const settings = { systemPath: SYSTEM_PATH, ...options };
  return {
    sandbox: options.sandbox.kind,
    run: (spec) => runCommand(settings, spec),
    adopt: (callId, options) => adoptCall(settings, callId, options),
    end: (callId) => endCommands(settings, callId),
  };
}

async function runCommand(settings: Settings, spec: CommandSpec): Promise<CommandResult> {
  const folder = calls.commandFolder(settings.calls, spec);
  for (const program of ["perl", "prlimit", spec.argv[0]]) {
    if (isProgram(program, settings.systemPath)) continue;
    return notRun("not-started", redacted`${ours(program)}: no such program`);
  }
  const env = { PATH: settings.systemPath, HOME: "/tmp", LANG: "C.UTF-8", TERM: "dumb", ...spec.env };
  const isolated = await settings.sandbox.isolate(spec, env);
  if (spec.signal.aborted) return notRun("cancelled");
  const files = { input: spec.input ?? "" };
  settings.permit();
  if (!calls.makeState(folder, files)) {
    await endState(folder); // of an earlier life, whose call is begun again
    settings.permit();
    calls.makeState(folder, files);
  }
  const runner = await startRunner(folder, spec, isolated);
  if (!(await waitFor(runner, { graceMs: spec.graceMs, signal: spec.signal }))) return notRun("cancelled");
  const kind = spec.signal.aborted ? "cancelled" : "exited";
  const ended = await outcome(settings, { folder, runner, onEnd: spec.onEnd });
  return ended ?? { ...notRun(kind), signalName: "SIGKILL" };
}

async function adoptCall(
  settings: Settings,
  callId: CallId,
  { signal, onEnd }: Pick<CommandSpec, "signal" | "onEnd">,
): Promise<CommandResult | undefined> {
  const folder = calls.commandFolder(settings.calls, { callId });
  const runner = await findRunner(folder);
  const adopter = runner && calls.markAdopted(folder);
  if (runner && !(await waitFor(runner, { signal, adopter }))) return undefined;
  return await outcome(settings, { folder, runner, onEnd });
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
  { folder, runner, onEnd }: { folder: string; runner: Runner | undefined } & Pick<CommandSpec, "onEnd">,
): Promise<CommandResult | undefined> {
  const result = await sweep(folder, runner);
  await onEnd?.();
  return result && (await calls.toCommandResult(folder, result, { directory, redactor }));
}

/** A runner that did not come to its end may have left processes: afterwards there are none. */
async function sweep(folder: string, runner: Runner | undefined): Promise<calls.RunnerResult | undefined> {
  const result = calls.readResult(folder);
  if (!result || result.kind === "broken") await killCall({ folder, pid: runner?.pid });
  return result;
}

async function endCommands({ calls: directory }: Settings, callId: CallId): Promise<void> {
  await Promise.all(calls.commandsOf(directory, callId).map(endState));
  await rmdir(join(directory, callId)).catch(() => {}); // when nothing else of the call is in it
}

async function endState(folder: string): Promise<void> {
  const runner = await findRunner(folder);
  if (runner) await stopRunner(runner, GRACE_MS);
  await sweep(folder, runner);
  await calls.removeState(folder);
}

function notRun(kind: "cancelled" | "not-started" | "exited", problem = redacted``): CommandResult {
  const stderr = { ...NO_OUTPUT, text: problem, totalBytes: Buffer.byteLength(problem) };
  return { kind, exitCode: null, signalName: null, stdout: NO_OUTPUT, stderr, durationMs: 0 };
}

/** A name is looked up on the PATH here: inside a sandbox a missing program is only an exit code. */
function isProgram(name: string, systemPath: string): boolean {
  return name.includes("/") || systemPath.split(delimiter).some((folder) => existsSync(join(folder, name)));
}
