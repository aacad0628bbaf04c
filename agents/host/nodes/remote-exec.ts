/** One command on an open connection: its output, how it ended, and the end of everything that it started. */
import { once } from "node:events";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { AppError, describeError } from "../../base/errors.ts";
import type { Redactor } from "../../redact/redact.ts";
import { abortable } from "../commands/abortable.ts";
import type { CallId } from "../commands/call-id.ts";
import { capture } from "../commands/capture.ts";
import { killLine, launchLine, PidFilter } from "./remote-command.ts";
import type { Client, ClientChannel, RemoteResult } from "./ssh.ts";

/** How long the end of a killed command may take to be confirmed; after that its outcome is unknown. */
export const CONFIRM_MS = 2_000;
/** A background process may hold the output open after the command has ended: wait this long for silence. */
const SILENCE_MS = 1_000;

export type RemoteCall = {
  timeoutMs: number;
  signal: AbortSignal;
  callId: CallId;
  /** Real folder for outputs too long to keep. */
  outputDirectory: string;
  redactor: Redactor;
};

type Ending = Pick<RemoteResult, "exitCode" | "signalName">;
type Run = ReturnType<typeof attach>;

/**
 * Standard input is closed. On timeout or cancel everything that belongs to the command is killed on the node
 * before the promise resolves; `lost` when that, or the outcome, could not be learned. AppError `unavailable`
 * when the command was not started.
 */
export async function execRemote(client: Client, command: string, call: RemoteCall): Promise<RemoteResult> {
  call.signal.throwIfAborted();
  const stop = AbortSignal.any([call.signal, AbortSignal.timeout(call.timeoutMs)]);
  const run = await startCommand(client, launchLine(command, call.callId), (channel) =>
    attach(channel, call),
  );
  const ending = await abortable(run.ended, stop).catch(() => "stopped" as const);
  const kind = ending === "stopped" ? await killRun(client, run, call) : ending ? "exited" : "lost";
  const { exitCode, signalName } = isEnding(ending) ? ending : { exitCode: null, signalName: null };
  run.release();
  const [stdout, stderr] = await Promise.all([run.stdout, run.stderr]);
  return { kind, exitCode, signalName, stdout, stderr };
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

/** Undefined when the channel closed without an exit code. */
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
    resolve(ending);
  });
  return promise;
}

async function killRun(client: Client, run: Run, call: RemoteCall): Promise<RemoteResult["kind"]> {
  const limit = AbortSignal.timeout(CONFIRM_MS);
  try {
    const pid = await abortable(run.pid, limit);
    if (!(await endRemote(client, { callId: call.callId, pid, limit }))) return "lost";
    await abortable(run.ended, limit);
    return call.signal.aborted ? "cancelled" : "timeout";
  } catch {
    return "lost"; // no confirmation: the connection is broken or the node hangs
  }
}

/** Ends everything on the node that carries the mark of the call; true once the node has confirmed that none is left. */
export async function endRemote(
  client: Client,
  { callId, pid, limit }: { callId: CallId; pid?: number | undefined; limit: AbortSignal },
): Promise<boolean> {
  const killed = startCommand(client, killLine(callId, pid), (killer) => {
    killer.resume().stderr.resume();
    return once(killer, "exit", { signal: limit });
  });
  const [exitCode] = await abortable(killed, limit);
  return exitCode === 0;
}

function isEnding(value: Ending | "stopped" | undefined): value is Ending {
  return typeof value === "object";
}
