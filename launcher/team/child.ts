/** Child processes of the launcher: with a log, ended on request, and never left behind when the launcher dies. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 10_000;

export type ChildSpec = {
  argv: readonly [string, ...string[]];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** A file that gets both outputs, appended; "terminal" shares the launcher's own terminal. */
  output: string | "terminal";
  /** Written to standard input, which is then closed. */
  input?: string;
};

export type ChildEnd = { exitCode: number | null; signalName: string | null };

export type Child = {
  readonly pid: number | undefined;
  /** Settles when the process has ended; rejects only when it could not be started. */
  readonly ended: Promise<ChildEnd>;
  /** SIGTERM, ten seconds, SIGKILL; resolves when it is gone. Idempotent. */
  stop(): Promise<void>;
};

/**
 * Start a program. Background children get a session of their own, so that the operator's Ctrl+C reaches only
 * the program in the foreground.
 */
export function startChild(spec: ChildSpec): Child {
  const process = spawnWithOutput(spec);

  process.stdin?.on("error", () => process.kill()); // it ended before it read its input: `ended` tells how
  if (spec.input !== undefined) process.stdin?.end(spec.input);
  const ended = endOf(process);
  if (spec.output === "terminal") shareTerminal(ended);
  ended.catch(() => undefined); // whoever waits for it sees the error
  return { pid: process.pid, ended, stop: () => stopProcess(process, ended) };
}

let terminalUsers = 0;

/** Whether a program of ours has the operator's terminal: then Ctrl+C is meant for it. */
export function isTerminalShared(): boolean {
  return terminalUsers > 0;
}

function shareTerminal(ended: Child["ended"]): void {
  terminalUsers++;
  const release = () => void terminalUsers--;
  ended.then(release, release);
}

function spawnWithOutput(spec: ChildSpec): ChildProcess {
  const [program, ...args] = tiedToParent(spec.argv);
  const { cwd, env } = spec;
  if (spec.output === "terminal") return spawn(program, args, { cwd, env, stdio: "inherit" });
  const log = openSync(spec.output, "a", 0o600);
  const stdin = spec.input === undefined ? "ignore" : "pipe";
  try {
    return spawn(program, args, { cwd, env, detached: true, stdio: [stdin, log, log] });
  } finally {
    closeSync(log);
  }
}

/** Linux ends the child with its parent, even when the parent is killed. */
function tiedToParent(argv: ChildSpec["argv"]): ChildSpec["argv"] {
  return process.platform === "linux" ? ["setpriv", "--pdeathsig", "TERM", "--", ...argv] : argv;
}

async function endOf(child: ChildProcess): Promise<ChildEnd> {
  const [exitCode, signalName] = await once(child, "exit");
  return { exitCode, signalName };
}

async function stopProcess(child: ChildProcess, ended: Promise<ChildEnd>): Promise<void> {
  child.kill("SIGTERM");
  const patience = new AbortController();
  const kill = delay(GRACE_MS, undefined, { signal: patience.signal }).then(
    () => child.kill("SIGKILL"),
    () => undefined, // it ended in time
  );
  await ended.catch(() => undefined); // never started: nothing to wait for
  patience.abort();
  await kill;
}
