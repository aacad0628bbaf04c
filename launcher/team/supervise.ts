/**
 * Keeps programs running: one that ends is started again, more and more slowly while it keeps failing; after three quick
 * failures its cause is told.
 */
import { appendFileSync, existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Child, type ChildEnd, type ChildSpec, startChild } from "./child.ts";
import { lastWords } from "./last-words.ts";
import type { Tell } from "./trouble-board.ts";

export const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
/** A program that ran this long has recovered: its next pause is the first one again. */
export const HEALTHY_MS = 30_000;
const FAILURES_UNTOLD = 2;

export type Program = Omit<ChildSpec, "output"> & { name: string };

export type SuperviseOptions = {
  logDirectory: string;
  signal: AbortSignal;
  /** Told of a program that keeps failing, and again, without a cause, when it runs. */
  tell: Tell;
  /** In milliseconds; half a minute unless told. */
  healthyMs?: number;
};

/** Runs until `signal` aborts; resolves when all have ended. Logs are `<logDirectory>/<name>.log`, appended. */
export async function supervise(programs: readonly Program[], options: SuperviseOptions): Promise<void> {
  mkdirSync(options.logDirectory, { recursive: true, mode: 0o700 });
  await Promise.all(programs.map((program) => keepRunning(program, options)));
}

/** The pause after the next failure. */
export function nextPauseMs(pauseMs: number): number {
  return Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
}

async function keepRunning(program: Program, options: SuperviseOptions): Promise<void> {
  const { logDirectory, signal, tell } = options;
  const log = join(logDirectory, `${program.name}.log`);
  let pauseMs = FIRST_PAUSE_MS;
  let failures = 0;
  const onHealthy = () => {
    pauseMs = FIRST_PAUSE_MS;
    failures = 0;
    tell(program.name, undefined);
  };
  while (!signal.aborted) {
    const logBytes = existsSync(log) ? statSync(log).size : 0;
    const end = await runOnce({ ...program, output: log }, options, onHealthy);
    if (signal.aborted) return;
    failures++;
    if (failures > FAILURES_UNTOLD) tell(program.name, causeOf(program.name, end, { log, logBytes }));
    const again = `again in ${pauseMs / 1000} s`;
    appendFileSync(log, `[minilab] ${program.name} ended (${describeEnd(end)}); ${again}\n`);
    await delay(pauseMs, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
    pauseMs = nextPauseMs(pauseMs);
  }
}

async function runOnce(spec: ChildSpec, options: SuperviseOptions, onHealthy: () => void): Promise<ChildEnd> {
  const { signal, healthyMs = HEALTHY_MS } = options;
  const child: Child = startChild(spec);
  const stop = () => void child.stop();
  const timer = setTimeout(onHealthy, healthyMs);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await child.ended;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** The same words as long as the cause is the same: a console says it once. */
function causeOf(name: string, end: ChildEnd, { log, logBytes }: { log: string; logBytes: number }): string {
  const said = lastWords(log, logBytes);
  return [
    `it ended again and again (${describeEnd(end)}), and is started again at most every ${LONGEST_PAUSE_MS / 1000} s.`,
    said === "" ? "It said nothing." : `Its last words: ${said}.`,
    `./minilab doctor --role ${name} says what it needs; its log: ${log}`,
  ].join(" ");
}

function describeEnd({ exitCode, signalName }: ChildEnd): string {
  return signalName ?? `exit code ${exitCode}`;
}
