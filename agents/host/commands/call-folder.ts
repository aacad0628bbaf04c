/**
 * The folder of a call, with one below it for each of its commands, written by the runner, and the hosts that it has
 * touched: read by whichever life of the agent comes first. It has the name of the call, so it is found again after a
 * crash, and only this user can enter it.
 */
import { randomUUID } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
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

const COMMAND = "command";

const folderOf = (calls: string, id: CallId) => join(calls, id);
const hostsFolder = (calls: string, id: CallId) => join(calls, id, "hosts");
const endingFile = (calls: string, id: CallId) => join(calls, id, "ending");

export function makeCall(calls: string, id: CallId): void {
  mkdirSync(folderOf(calls, id), { recursive: true, mode: 0o700 });
}

export function hasCall(calls: string, id: CallId): boolean {
  return existsSync(folderOf(calls, id));
}

export async function removeCall(calls: string, id: CallId): Promise<void> {
  await rm(folderOf(calls, id), { recursive: true, force: true });
}

/** All calls that have left something, and whether that is too old to be of use. */
export function listCalls(calls: string): { id: CallId; isOld: boolean }[] {
  const ids = namesIn(calls).flatMap((name) => readCallId(name) ?? []);
  return ids.map((id) => ({ id, isOld: (ageMs(folderOf(calls, id)) ?? 0) > KEEP_MS }));
}

/** From now on the call is to be ended, whoever comes to it. */
export function markEnding(calls: string, id: CallId): void {
  writeFileSync(endingFile(calls, id), "", { mode: 0o600 });
}

export function unmarkEnding(calls: string, id: CallId): void {
  rmSync(endingFile(calls, id), { force: true });
}

export function isEnding(calls: string, id: CallId): boolean {
  return existsSync(endingFile(calls, id));
}

export function addHost(calls: string, id: CallId, host: string): void {
  mkdirSync(hostsFolder(calls, id), { recursive: true, mode: 0o700 });
  writeFileSync(join(hostsFolder(calls, id), encodeURIComponent(host)), "", { mode: 0o600 });
}

export function removeHost(calls: string, id: CallId, host: string): void {
  rmSync(join(hostsFolder(calls, id), encodeURIComponent(host)), { force: true });
}

/** The hosts that the call has touched, and whose part of it has not come to its own end. */
export function hostsOf(calls: string, id: CallId): string[] {
  return namesIn(hostsFolder(calls, id)).map(decodeURIComponent);
}

/** The folder of one command; `part`, a word, tells the further commands of a call apart. AppError `bad_arguments`. */
export function commandFolder(
  calls: string,
  { callId, part = COMMAND }: { callId: CallId; part?: string | undefined },
): string {
  if (!/^[a-z]{1,20}$/.test(part) || part === "hosts" || part === "ending") {
    throw new AppError("bad_arguments", "A part of a call is a word of small letters");
  }
  return join(folderOf(calls, callId), part);
}

/** The folders of all commands of a call. */
export function commandsOf(calls: string, id: CallId): string[] {
  const names = namesIn(folderOf(calls, id)).filter((name) => name !== "hosts" && name !== "ending");
  return names.map((name) => join(folderOf(calls, id), name));
}

/** Whose command has this folder; undefined for one that no call has made. */
export function callIn(folder: string): CallId | undefined {
  return readCallId(basename(dirname(folder)));
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

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
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
