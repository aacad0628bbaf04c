/**
 * The state folder of a call: written by its runner, read by whichever life of the agent comes first. It has the
 * name of the call, so it is found again after a crash, and only this user can enter it.
 */
import { randomUUID } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { constants } from "node:os";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { AppError } from "../../base/errors.ts";
import type { Redactor } from "../../redact/redact.ts";
import { type CallId, readCallId } from "./call-id.ts";
import { capture } from "./capture.ts";
import type { CapturedOutput, CommandResult } from "./command.ts";

/** Up to here a file is read at once: that takes less time than the thread pool takes to begin. */
const SMALL_BYTES = 65_536;
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

/** The folder of one command; `part`, a word, tells the commands of one call apart. AppError `bad_arguments`. */
export function stateFolder(
  calls: string,
  { callId, part }: { callId: CallId; part?: string | undefined },
): string {
  if (part !== undefined && !/^[a-z]{1,20}$/.test(part)) {
    throw new AppError("bad_arguments", "A part of a call is a word of small letters");
  }
  return join(calls, part === undefined ? callId : `${callId}+${part}`);
}

/** Undefined for a folder that no call has made. */
export function callIn(folder: string): CallId | undefined {
  return readCallId(basename(folder).replace(/\+.*/, ""));
}

/** `files` by name, with their texts. False when the folder is there already. */
export function makeState(folder: string, files: Readonly<Record<string, string>>): boolean {
  if (existsSync(folder)) return false;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text, { flag: "wx", mode: 0o600 });
  }
  return true;
}

export async function removeState(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** All folders that are there, and whether they are too old to be of use. */
export function listStates(calls: string): { folder: string; isOld: boolean }[] {
  const names = existsSync(calls) ? readdirSync(calls) : [];
  const folders = names.map((name) => join(calls, name));
  return folders.map((folder) => ({ folder, isOld: (ageMs(folder) ?? 0) > KEEP_MS }));
}

/** Since something was made in it; undefined when it is gone. */
export function ageMs(folder: string): number | undefined {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats && Date.now() - stats.mtimeMs;
}

/** The process id that the runner has left; it may be gone. */
export function readPid(folder: string): number | undefined {
  const text = readIfThere(join(folder, "pid"));
  return text && Number(text.toString());
}

/** From now on the call is this adopter's, whose name is given back: nobody else ends it. */
export function markAdopted(folder: string): string {
  const adopter = randomUUID();
  writeFileSync(join(folder, "adopter"), adopter, { mode: 0o600 });
  return adopter;
}

/** Undefined for a call that is still its first owner's. */
export function adopterOf(folder: string): string | undefined {
  return readIfThere(join(folder, "adopter"))?.toString();
}

/** Undefined as long as the runner has not come to its end. */
export function readResult(folder: string): RunnerResult | undefined {
  const text = readIfThere(join(folder, "result"));
  return text && resultShape.parse(JSON.parse(text.toString()));
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
  const stdout = await readOutput(join(folder, "stdout"), result.stdoutBytes, sinks);
  const stderr = await readOutput(join(folder, "stderr"), result.stderrBytes, sinks); // one at a time, for memory
  return { kind, ...exitOf(status), stdout, stderr, durationMs };
}

function exitOf(status: number | null): Pick<CommandResult, "exitCode" | "signalName"> {
  const signal = (status ?? constants.signals.SIGKILL) & 0x7f;
  if (status !== null && signal === 0) return { exitCode: status >> 8, signalName: null };
  const [name] = Object.entries(constants.signals).find(([, number]) => number === signal) ?? [];
  return { exitCode: null, signalName: name ?? `signal ${signal}` };
}

async function readOutput(spool: string, totalBytes: number, sinks: OutputSinks): Promise<CapturedOutput> {
  const file = join(sinks.directory, `${callIn(dirname(spool))}.${basename(spool)}.log`);
  const dropped = { totalBytes, tail: readIfThere(`${spool}.tail`) ?? Buffer.alloc(0) };
  const stream = totalBytes > SMALL_BYTES ? createReadStream(spool) : [readFileSync(spool)];
  return await capture(stream, { ...sinks, file, dropped });
}

function readIfThere(file: string): Buffer | undefined {
  return existsSync(file) ? readFileSync(file) : undefined;
}
