/** The end of what a call has started on a node, confirmed by the node. */
import { abortable } from "../commands/abortable.ts";
import type { CallId } from "../commands/call-id.ts";
import { startCommand } from "./exec-channel.ts";
import { killLine, lookLine, newMark } from "./remote-command.ts";
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
  const line = killLine(callId, pid, mark);
  const confirmed = startCommand(client, line, (killer) => hears(killer, [mark.join("")]));
  return (await abortable(confirmed, signal)) !== undefined;
}

/** Whether anything of the call runs there; undefined when the node did not say so. */
export async function runsRemote(
  client: Client,
  { callId, signal }: { callId: CallId; signal: AbortSignal },
): Promise<boolean | undefined> {
  const mark = newMark();
  const [yes, no] = [`${mark.join("")}yes`, `${mark.join("")}no`];
  const looked = startCommand(client, lookLine(callId, mark), (looker) => hears(looker, [yes, no]));
  const said = await abortable(looked, signal);
  return said === undefined ? undefined : said === yes;
}

/** The first of these words with which what has come so far ends; undefined when the channel closed before. */
async function hears(channel: ClientChannel, words: readonly string[]): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const longest = Math.max(...words.map((word) => word.length));
  let last = "";
  channel.stderr.resume();
  channel.on("data", (chunk: Buffer) => {
    last = (last + chunk.toString("latin1")).slice(-longest);
    const heard = words.find((word) => last.endsWith(word));
    if (heard !== undefined) resolve(heard);
  });
  channel.on("close", () => resolve(undefined));
  return await promise;
}
