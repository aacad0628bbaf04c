/** One command on an open connection: its output, how it ended, and the end of everything that it started. */
import { once } from "node:events";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { AppError, describeError } from "../../base/errors.ts";
import type { Redactor } from "../../redact/redact.ts";
import { abortable } from "../commands/abortable.ts";
import type { CallId } from "../commands/call-id.ts";
import { capture, NO_OUTPUT } from "../commands/capture.ts";
import { killLine, launchLine, PidFilter } from "./remote-command.ts";
import type { Client, ClientChannel, RemoteResult } from "./ssh.ts";

/** How long the end of a killed command may take to be confirmed; after that its outcome is unknown. */
const KILL_MS = 700;
/** The same for an end that begins with connecting. */
export const CONFIRM_MS = 1_000;
/** A background process may hold the output open after the command has ended: wait this long for silence. */
const SILENCE_MS = 3_000;

/** How often, and after how long, it is looked whether the output of a closed channel was taken. */
const [TAKEN_LOOKS, TAKEN_MS] = [1_000, 5];

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

type Ending = Pick<RemoteResult, "exitCode" | "signalName">;
type Run = ReturnType<typeof attach>;

const NO_ENDING = { exitCode: null, signalName: null };

/**
 * Standard input is closed. On timeout or cancel everything that belongs to the command is killed on the node
 * before the promise resolves; `lost` when that, or the outcome, could not be learned within a second: then the
 * connection is broken off. AppError `unavailable` when the command was not started.
 */
export async function execRemote(client: Client, command: string, call: RemoteCall): Promise<RemoteResult> {
  call.signal.throwIfAborted();
  const deadline = abortedAfter(call.signal, KILL_MS);
  const run = await start(client, command, { ...call, deadline });
  if (!run) return abandon(client, { ...NO_ENDING, kind: "lost", stdout: NO_OUTPUT, stderr: NO_OUTPUT });
  const ending = await abortable(run.ended, call.signal).catch(() => "stopped" as const);
  const kind =
    ending === "stopped" ? await killRun(client, run, { ...call, deadline }) : ending ? "exited" : "lost";
  run.release();
  const [stdout, stderr] = await Promise.all([run.stdout, run.stderr]);
  const result = { kind, ...(isEnding(ending) ? ending : NO_ENDING), stdout, stderr };
  return kind === "lost" ? abandon(client, result) : result;
}

/** Undefined when the node did not say in time whether it has started it. */
async function start(client: Client, command: string, call: Stoppable): Promise<Run | undefined> {
  const line = launchLine(command, call.callId);
  const starting = startCommand(client, line, (channel) => attach(channel, call));
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

/**
 * What `attach` makes of the channel, at once: a quick command's exit code and the channel's end may be in the same packet
 * as the word that it was started, and are told to nobody who listens only then.
 */
function startCommand<T>(
  client: Client,
  line: string,
  attach: (channel: ClientChannel) => T | Promise<T>,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  promise.catch(() => {}); // also when nobody waits any more
  const refuse = (error: unknown) =>
    reject(new AppError("unavailable", `The node did not start the command: ${describeError(error)}`));
  try {
    client.exec(line, (error, channel) => (error ? refuse(error) : resolve(attach(channel))));
  } catch (error) {
    refuse(error); // the connection broke just now
  }
  return promise;
}

function attach(channel: ClientChannel, call: RemoteCall) {
  const stdout = channel.pipe(new PassThrough());
  const stderr = channel.stderr.pipe(new PidFilter());
  const ended = endOf(channel);
  const output = (stream: PassThrough, name: string) =>
    capture(stream, {
      file: join(call.outputDirectory, `${call.callId}.${name}.log`),
      redactor: call.redactor,
    });
  channel.end();
  return {
    ended,
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

/** Undefined when the channel closed without an exit code; not before what came until then was taken. */
function endOf(channel: ClientChannel): Promise<Ending | undefined> {
  const { promise, resolve } = Promise.withResolvers<Ending | undefined>();
  let ending: Ending | undefined;
  let silence: NodeJS.Timeout | undefined;
  const outputs = [channel, channel.stderr];
  // what has come and was not taken yet is no silence
  const isTaken = () => outputs.every(({ readableLength }) => readableLength === 0);
  const conclude = () => (isTaken() ? resolve(ending) : silence?.refresh());
  channel.on("exit", (exitCode: number | null, signalName?: string) => {
    ending = { exitCode, signalName: signalName ?? null };
    silence = setTimeout(conclude, SILENCE_MS);
  });
  for (const output of outputs) output.on("data", () => silence?.refresh());
  channel.on("close", () => {
    clearTimeout(silence);
    const look = (looks: number) =>
      isTaken() || looks === 0 ? resolve(ending) : setTimeout(look, TAKEN_MS, looks - 1);
    look(TAKEN_LOOKS);
  });
  return promise;
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

/** Ends everything on the node that carries the mark of the call; true once the node has confirmed that none is left. */
export async function endRemote(
  client: Client,
  { callId, pid, signal }: { callId: CallId; pid?: number | undefined; signal: AbortSignal },
): Promise<boolean> {
  const killed = startCommand(client, killLine(callId, pid), (killer) => {
    killer.resume().stderr.resume();
    return once(killer, "exit", { signal });
  });
  const [exitCode] = await abortable(killed, signal);
  return exitCode === 0;
}

function isEnding(value: Ending | "stopped" | undefined): value is Ending {
  return typeof value === "object";
}
