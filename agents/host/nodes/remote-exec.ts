/** One command on an open connection: its output, how it ended, and the end of everything that it started. */
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { Redactor } from "../../redact/redact.ts";
import { sliceRedacted } from "../../redact/redacted.ts";
import { abortable } from "../commands/abortable.ts";
import type { CallId } from "../commands/call-id.ts";
import { capture, NO_OUTPUT } from "../commands/capture.ts";
import { type Ending, endOf, startCommand } from "./exec-channel.ts";
import { type FailedPart, MarkFilter } from "./mark-filter.ts";
import { launchLine, type Mark, newMark } from "./remote-command.ts";
import { endRemote } from "./remote-end.ts";
import type { Client, ClientChannel, RemoteResult } from "./ssh.ts";

/** How long the end of a killed command may take to be confirmed; after that its outcome is unknown. */
const KILL_MS = 700;
/** The same for an end that begins with connecting. */
export const CONFIRM_MS = 1_000;

/** Of the text of a part that failed; it is redacted before it is cut. */
const SHOWN_CHARS = 160;

export type RemoteCall = {
  callId: CallId;
  /** Somebody has cancelled it, or its time is over. */
  signal: AbortSignal;
  /** The second of these alone. */
  limit: AbortSignal;
  /** Real folder for outputs too long to keep. */
  outputDirectory: string;
  redactor: Redactor;
};

/** With the moment at which even the end of it is not waited for any more. */
type Stoppable = RemoteCall & { deadline: AbortSignal };

type Run = ReturnType<typeof attach>;

const NO_ENDING = { exitCode: null, signalName: null };

/**
 * Standard input is closed. On timeout or cancel everything that belongs to the command is killed on the node
 * before the promise resolves; `lost` when that, or the outcome, could not be learned within a second: then the
 * connection is broken off. AppError `unavailable` when the command was certainly not started.
 */
export async function execRemote(client: Client, command: string, call: RemoteCall): Promise<RemoteResult> {
  call.signal.throwIfAborted();
  const deadline = abortedAfter(call.signal, KILL_MS);
  const run = await start(client, command, { ...call, deadline });
  if (!run)
    return abandon(client, {
      ...NO_ENDING,
      kind: "lost",
      stdout: NO_OUTPUT,
      stderr: NO_OUTPUT,
      failedParts: [],
    });
  const ending = await abortable(run.ended, call.signal).catch(() => "stopped" as const);
  const ended = ending === "stopped" ? await killRun(client, run, { ...call, deadline }) : endedBy(ending);
  run.release();
  const [stdout, stderr] = await Promise.all([run.stdout, run.stderr]);
  const kind = ended === "exited" && !run.filter.hasBegun ? "not-begun" : ended;
  const failedParts = run.filter.failedParts.map((part) => redactedPart(part, call.redactor));
  const result = { kind, ...(isEnding(ending) ? ending : NO_ENDING), stdout, stderr, failedParts };
  return kind === "lost" ? abandon(client, result) : result;
}

function endedBy(ending: Ending | undefined): RemoteResult["kind"] {
  return ending ? "exited" : "lost";
}

function redactedPart(
  { exitCode, stages, text }: FailedPart,
  redactor: Redactor,
): RemoteResult["failedParts"][number] {
  const isPipe = stages.includes(" ");
  return {
    exitCode,
    stages: isPipe ? redactor(stages) : undefined,
    text: sliceRedacted(redactor(text), 0, SHOWN_CHARS),
  };
}

/** Undefined when the node did not say in time, or at all, whether it has started it. */
async function start(client: Client, command: string, call: Stoppable): Promise<Run | undefined> {
  const mark = newMark();
  const line = launchLine(command, call.callId, mark);
  const starting = startCommand(client, line, (channel) => attach(channel, call, mark));
  return await abortable(starting, call.deadline).catch((error: unknown) => {
    if (call.deadline.aborted) return undefined;
    throw error;
  });
}

/** Aborts that long after `signal` has. */
function abortedAfter(signal: AbortSignal, ms: number): AbortSignal {
  const controller = new AbortController();
  const begin = () => setTimeout(() => controller.abort(), ms).unref();
  signal.addEventListener("abort", begin, { once: true });
  return controller.signal;
}

/** A connection on which an answer did not come is not used again. */
function abandon(client: Client, result: RemoteResult): RemoteResult {
  client.destroy();
  return result;
}

function attach(channel: ClientChannel, call: RemoteCall, mark: Mark) {
  const stdout = channel.pipe(new PassThrough());
  const stderr = channel.stderr.pipe(new MarkFilter(mark));
  const ended = endOf(channel);
  const output = (stream: PassThrough, name: string) =>
    capture(stream, {
      file: join(call.outputDirectory, `${call.callId}.${name}.log`),
      redactor: call.redactor,
    });
  channel.end();
  return {
    ended,
    filter: stderr,
    /** The command's process id, once it is known; undefined when it ended without telling. */
    pid: Promise.race([stderr.pid, ended.then(() => undefined)]),
    stdout: output(stdout, "stdout"),
    stderr: output(stderr, "stderr"),
    release() {
      channel.unpipe(stdout).close();
      channel.stderr.unpipe(stderr);
      stdout.end();
      stderr.end();
    },
  };
}

async function killRun(client: Client, run: Run, call: Stoppable): Promise<RemoteResult["kind"]> {
  const signal = call.deadline;
  try {
    const pid = await abortable(run.pid, signal);
    if (!(await endRemote(client, { callId: call.callId, pid, signal }))) return "lost";
    await abortable(run.ended, signal);
    return call.signal.reason === call.limit.reason ? "timeout" : "cancelled";
  } catch {
    return "lost"; // no confirmation: the connection is broken or the node hangs
  }
}

function isEnding(value: Ending | "stopped" | undefined): value is Ending {
  return typeof value === "object";
}
