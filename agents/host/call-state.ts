/**
 * The state folder of a call: written by its runner, read by whichever life of the agent comes first. It has the
 * name of the call, so it is found again after a crash, and only this user can enter it.
 */
import { createReadStream, existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import type { Redactor } from "../base/redact.ts";
import { capture } from "./capture.ts";
import type { CapturedOutput, CommandResult } from "./process.ts";

/** The longest call is an hour: what is left of it after a day is of use to nobody. */
const KEEP_MS = 24 * 3_600_000;

const resultShape = z.strictObject({
  kind: z.enum(["exited", "timeout", "cancelled", "unkillable", "broken"]),
  /** As wait(2) gives it. */
  status: z.number().nullable(),
  stdoutBytes: z.number(),
  stderrBytes: z.number(),
  durationMs: z.number(),
  problem: z.string(),
});

/** What a runner writes at the end. */
export type RunnerResult = z.infer<typeof resultShape>;

/** Where the full outputs go, and what is blanked out in them. */
export type OutputSinks = { directory: string; redactor: Redactor };

/** The folder of one command; `part` tells the commands of one call apart. AppError `bad_arguments`. */
export function stateFolder(
  calls: string,
  { callId, part }: { callId: string; part?: string | undefined },
): string {
  if (!/^[\w.:-]{1,200}$/.test(callId)) {
    throw new AppError("bad_arguments", "A call id is letters, digits, _ . : -");
  }
  return join(calls, part === undefined ? callId : `${callId}+${part}`);
}

export function callIdOf(folder: string): string {
  return basename(folder).replace(/\+.*/, "");
}

/** `input` is what the command will read. False when the folder is there already. */
export async function makeState(folder: string, input: string | undefined): Promise<boolean> {
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  const isNew = await mkdir(folder, { mode: 0o700 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
      return false;
    },
  );
  if (isNew && input) await writeFile(join(folder, "input"), input, { mode: 0o600 });
  return isNew;
}

export async function removeState(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/**
 * All folders that are there, and whether they are too old to be of use. Looked up at once, without the thread pool:
 * it is asked after every tool call, and nearly always of an empty folder.
 */
export async function listStates(calls: string): Promise<{ folder: string; isOld: boolean }[]> {
  const names = existsSync(calls) ? readdirSync(calls) : [];
  const states = names.map(async (name) => ({
    folder: join(calls, name),
    isOld: ((await ageMs(join(calls, name))) ?? 0) > KEEP_MS,
  }));
  return await Promise.all(states);
}

/** Since something was made in it; undefined when it is gone. */
export async function ageMs(folder: string): Promise<number | undefined> {
  const stats = await unlessMissing(stat(folder));
  return stats && Date.now() - stats.mtimeMs;
}

/** The process id that the runner has left; it may be gone. */
export async function readPid(folder: string): Promise<number | undefined> {
  const text = await unlessMissing(readFile(join(folder, "pid"), "utf8"));
  return text === undefined ? undefined : Number(text);
}

/** Undefined as long as the runner has not come to its end. */
export async function readResult(folder: string): Promise<RunnerResult | undefined> {
  const text = await unlessMissing(readFile(join(folder, "result"), "utf8"));
  return text === undefined ? undefined : resultShape.parse(JSON.parse(text));
}

/** What the agent makes of a runner's end. AppError `unavailable` when the runner could not do its work. */
export async function toCommandResult(
  folder: string,
  result: RunnerResult,
  sinks: OutputSinks,
): Promise<CommandResult> {
  const { kind, status, durationMs } = result;
  if (kind === "unkillable") throw new AppError("unavailable", "Processes of this call cannot be killed.");
  if (kind === "broken")
    throw new AppError("unavailable", `The runner of this call failed: ${result.problem}`);
  const [stdout, stderr] = await Promise.all([
    readOutput(join(folder, "stdout"), result.stdoutBytes, sinks),
    readOutput(join(folder, "stderr"), result.stderrBytes, sinks),
  ]);
  return { kind, ...exitOf(status), stdout, stderr, durationMs };
}

function exitOf(status: number | null): Pick<CommandResult, "exitCode" | "signalName"> {
  const signal = (status ?? constants.signals.SIGKILL) & 0x7f;
  if (status !== null && signal === 0) return { exitCode: status >> 8, signalName: null };
  const [name] = Object.entries(constants.signals).find(([, number]) => number === signal) ?? [];
  return { exitCode: null, signalName: name ?? `signal ${signal}` };
}

async function readOutput(spool: string, totalBytes: number, sinks: OutputSinks): Promise<CapturedOutput> {
  const tail = (await unlessMissing(readFile(`${spool}.tail`))) ?? Buffer.alloc(0);
  const file = join(sinks.directory, `${callIdOf(dirname(spool))}.${basename(spool)}.log`);
  return await capture(createReadStream(spool), { ...sinks, file, dropped: { totalBytes, tail } });
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  return await reading.catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}
