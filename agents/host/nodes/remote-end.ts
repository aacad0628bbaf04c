/** The end of what a call has started on a node, confirmed by the node. */
import { abortable } from "../commands/abortable.ts";
import type { CallId } from "../commands/call-id.ts";
import { startCommand } from "./exec-channel.ts";
import { killLine, newMark } from "./remote-command.ts";
import type { Client, ClientChannel } from "./ssh.ts";

/**
 * Ends everything on the node that carries the mark of the call; true once the node has confirmed that none is left, in
 * words that no other program there knows: an exit code may be that of something that ran in its place.
 */
export async function endRemote(
  client: Client,
  { callId, pid, signal }: { callId: CallId; pid?: number | undefined; signal: AbortSignal },
): Promise<boolean> {
  const mark = newMark();
  const confirmed = startCommand(client, killLine(callId, pid, mark), (killer) =>
    hears(killer, mark.join("")),
  );
  return await abortable(confirmed, signal);
}

/** Whether the channel ends with these words. */
async function hears(channel: ClientChannel, words: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let last = "";
  channel.stderr.resume();
  channel.on("data", (chunk: Buffer) => {
    last = (last + chunk.toString("latin1")).slice(-words.length);
    if (last === words) resolve(true);
  });
  channel.on("close", () => resolve(false));
  return await promise;
}
