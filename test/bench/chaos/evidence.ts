/** What a run left behind: in the transcript, the journal, the effect files and the memory of the model. */

import { inboxKey, transcriptKey, turnKey } from "../../../agents/bus/redis-schema.ts";
import { type Message, parseWire } from "../../../agents/protocol/message.ts";
import { OPERATOR } from "../../../agents/protocol/roles.ts";
import type { Lane } from "./lane.ts";
import { ROLE } from "./orders.ts";
import type { Task, Told } from "./tasks.ts";

export type Evidence = {
  task: Task;
  /** With which status the turn is recorded as ended. */
  status: string | undefined;
  /** Messages that the role has not finished. */
  pending: number;
  /** What the role said, in its transcript and in the history. */
  said: number;
  remembered: number;
  /** `reply:...`, `intent:...`, `outcome:...`: JSON. */
  journal: Readonly<Record<string, string>>;
  told: readonly Told[];
  /** A line for each effect that took place. */
  effects: readonly string[];
  /** The same when the turn had ended and a frozen agent had not woken yet. */
  beforeWake?: Evidence;
};

export async function gather(
  lane: Lane,
  { task, messageId, told }: { task: Task; messageId: string; told: readonly Told[] },
): Promise<Evidence> {
  const [journal, transcript, pending] = await lane.ask([
    ["HGETALL", turnKey(ROLE, messageId)],
    ["XRANGE", transcriptKey(ROLE), "-", "+"],
    ["XLEN", inboxKey(ROLE, OPERATOR)],
  ]);
  const messages = (transcript as [string, string[]][]).map(([, [, json = ""]]) => parseWire(json));
  const said = messages.filter((message) => !(message as Partial<Message>).fact).length;
  const entries = pairs(journal as string[]);
  return {
    ...{ task, told, status: entries["status"], journal: entries },
    pending: Number(pending),
    said,
    remembered: (await lane.history()).filter(({ sender, fact }) => sender === ROLE && !fact).length,
    effects: lane.files.effects(task),
  };
}

function pairs(flat: readonly string[]): Record<string, string> {
  const names = flat.filter((_, index) => index % 2 === 0);
  return Object.fromEntries(names.map((name, index) => [name, flat[2 * index + 1] ?? ""]));
}
