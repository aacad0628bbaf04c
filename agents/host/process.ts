/** Child processes: started without the agent's environment, ended with all their descendants. */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { AppError } from "../base/errors.ts";
import { createRedactor, type Redactor } from "../base/redact.ts";
import { capture, NO_OUTPUT } from "./capture.ts";
import { CallProcesses } from "./descendants.ts";
import type { Workspace } from "./paths.ts";
import type { Isolated, Sandbox } from "./sandbox.ts";
import type { Artifacts } from "./truncate.ts";

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
  /** Marks the process and all its descendants, so that none survives. */
  callId: string;
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

export interface ProcessRunner {
  run(spec: CommandSpec): Promise<CommandResult>;
}

export type ProcessOptions = {
  workspace: Workspace;
  sandbox: Sandbox;
  artifacts: Artifacts;
  /** The PATH of commands. */
  systemPath?: string;
  /** For the files with full outputs. */
  redactor?: Redactor;
};

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const GRACE_MS = 500;
/** For output that a stranger holds open when all processes of the call are gone. */
const OUTPUT_GRACE_MS = 2_000;

type Settings = Required<ProcessOptions>;
type Unclocked = Omit<CommandResult, "durationMs">;
type Child = ReturnType<typeof startChild>;

/** `run` rejects with AppError only: what the sandbox refuses, and processes that cannot be killed. */
export function createProcessRunner(options: ProcessOptions): ProcessRunner {
  const settings = { systemPath: SYSTEM_PATH, redactor: createRedactor([]), ...options };
  return {
    async run(spec) {
      const startedAt = performance.now();
      const result = await runCommand(settings, spec);
      return { ...result, durationMs: Math.round(performance.now() - startedAt) };
    },
  };
}

async function runCommand(settings: Settings, spec: CommandSpec): Promise<Unclocked> {
  if (!/^[\w.:-]{1,200}$/.test(spec.callId))
    throw new AppError("bad_arguments", "A call id is letters, digits, _ . : -");
  if (!(await isProgram(spec.argv[0], settings.systemPath))) {
    return notRun("not-started", `${spec.argv[0]}: no such program`);
  }
  const env = { PATH: settings.systemPath, HOME: "/tmp", LANG: "C.UTF-8", TERM: "dumb", ...spec.env };
  const isolated = await settings.sandbox.isolate(spec, env);
  if (spec.signal.aborted) return notRun("cancelled", "");
  const child = startChild(spec, isolated);
  const leader = child.pid;
  if (leader === undefined) return notRun("not-started", (await child).shortMessage ?? "");
  return supervise(settings, spec, { child, leader });
}

function startChild(spec: CommandSpec, { argv, cwd, env }: Isolated) {
  const [program, ...args] = argv;
  const options = { cwd, env, extendEnv: false, input: spec.input ?? "", detached: true } as const;
  return execa(program, args, { ...options, buffer: false, reject: false });
}

/** Wait for the end or the first reason to end it; afterwards no process of the call is left. */
async function supervise(
  settings: Settings,
  spec: CommandSpec,
  { child, leader }: { child: Child; leader: number },
): Promise<Unclocked> {
  const processes = new CallProcesses(spec.callId, leader);
  const ended = new Promise<Pick<CommandResult, "exitCode" | "signalName">>((resolve) => {
    child.nodeChildProcess.once("exit", (exitCode, signalName) => resolve({ exitCode, signalName }));
  });
  const file = (name: string) => join(settings.artifacts.directory, `${spec.callId}.${name}.log`);
  const outputs = [
    capture(child.stdout, { file: file("stdout"), redactor: settings.redactor }),
    capture(child.stderr, { file: file("stderr"), redactor: settings.redactor }),
  ] as const;
  const kind = await firstCause(ended, spec);
  if (kind !== "exited") {
    processes.signalMarked(spec.stopSignal ?? "SIGTERM");
    await settledWithin(ended, spec.graceMs ?? GRACE_MS);
  }
  await processes.killAll();
  const { exitCode, signalName } = await ended;
  if (!(await settledWithin(Promise.all(outputs), OUTPUT_GRACE_MS))) {
    child.stdout.destroy();
    child.stderr.destroy();
  }
  return { kind, exitCode, signalName, stdout: await outputs[0], stderr: await outputs[1] };
}

function firstCause(ended: Promise<unknown>, spec: CommandSpec): Promise<"exited" | "timeout" | "cancelled"> {
  return new Promise((resolve) => {
    const cancel = () => resolve("cancelled");
    const timer = setTimeout(() => resolve("timeout"), spec.timeoutMs);
    spec.signal.addEventListener("abort", cancel, { once: true });
    void ended.then(() => {
      clearTimeout(timer);
      spec.signal.removeEventListener("abort", cancel);
      resolve("exited");
    });
  });
}

/** Whether it settled in time; the rest of the wait is dropped when it did. */
async function settledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(ms, false, { signal: timer.signal }).catch(() => false);
  const settled = await Promise.race([promise.then(() => true), late]);
  timer.abort();
  return settled;
}

function notRun(kind: "cancelled" | "not-started", problem: string): Unclocked {
  const stderr = { ...NO_OUTPUT, text: problem, totalBytes: Buffer.byteLength(problem) };
  return { kind, exitCode: null, signalName: null, stdout: NO_OUTPUT, stderr };
}

/** A name is looked up on the PATH here: inside a sandbox a missing program is only an exit code. */
async function isProgram(name: string, systemPath: string): Promise<boolean> {
  if (name.includes("/")) return true;
  const candidates = systemPath.split(delimiter).map((folder) => access(join(folder, name), constants.X_OK));
  return (await Promise.allSettled(candidates)).some(({ status }) => status === "fulfilled");
}

export type { Workspace };
