/** The channel of one remote command: opened at once with what listens to it, and heard to its very end. */
import { AppError, describeError } from "../../base/errors.ts";
import type { Client, ClientChannel, RemoteResult } from "./ssh.ts";

/** A background process may hold the output open after the command has ended: wait this long for silence. */
const SILENCE_MS = 3_000;
/** How often, and after how long, it is looked whether the output of a closed channel was taken. */
const [TAKEN_LOOKS, TAKEN_MS] = [1_000, 5];

export type Ending = Pick<RemoteResult, "exitCode" | "signalName">;

/**
 * What `attach` makes of the channel, at once: a quick command's exit code and the channel's end may be in the same packet
 * as the word that it was started, and are told to nobody who listens only then. Undefined when the connection broke
 * before the node had answered: it may have started the command.
 */
export function startCommand<T>(
  client: Client,
  line: string,
  attach: (channel: ClientChannel) => T | Promise<T>,
): Promise<T | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
  promise.catch(() => {}); // also when nobody waits any more
  const refuse = (error: unknown) =>
    reject(new AppError("unavailable", `The node did not start the command: ${describeError(error)}`));
  const breakOff = () => resolve(undefined); // told before the library takes it for a refusal
  client.once("close", breakOff);
  try {
    client.exec(line, (error, channel) => {
      client.off("close", breakOff);
      if (error) refuse(error);
      else resolve(attach(channel));
    });
  } catch (error) {
    client.off("close", breakOff);
    refuse(error); // the connection had broken before anything was sent
  }
  return promise;
}

/** Undefined when the channel closed without an exit code; not before what came until then was taken. */
export function endOf(channel: ClientChannel): Promise<Ending | undefined> {
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
