/** Keeps programs running: one that ends is started again, more and more slowly while it keeps failing. */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ChildEnd, type ChildSpec, startChild } from "./child.ts";

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
/** A program that ran this long has recovered: its next pause is the first one again. */
const HEALTHY_MS = 30_000;

export type Program = Omit<ChildSpec, "output"> & { name: string };

/** Runs until `signal` aborts; resolves when all have ended. Logs are `<logDirectory>/<name>.log`, appended. */
export async function supervise(
  programs: readonly Program[],
  { logDirectory, signal }: { logDirectory: string; signal: AbortSignal },
): Promise<void> {
  mkdirSync(logDirectory, { recursive: true, mode: 0o700 });
  await Promise.all(
    programs.map((program) =>
      keepRunning(program, { log: join(logDirectory, `${program.name}.log`), signal }),
    ),
  );
}

async function keepRunning(
  program: Program,
  { log, signal }: { log: string; signal: AbortSignal },
): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const startedAt = Date.now();
    const end = await runOnce({ ...program, output: log }, signal);
    if (signal.aborted) return;
    if (Date.now() - startedAt >= HEALTHY_MS) pauseMs = FIRST_PAUSE_MS;
    appendFileSync(
      log,
      `[minilab] ${program.name} ended (${describeEnd(end)}); again in ${pauseMs / 1000} s\n`,
    );
    await delay(pauseMs, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

async function runOnce(spec: ChildSpec, signal: AbortSignal): Promise<ChildEnd> {
  const child = startChild(spec);
  const stop = () => void child.stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await child.ended;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function describeEnd({ exitCode, signalName }: ChildEnd): string {
  return signalName ?? `exit code ${exitCode}`;
}
