/** For a negative control: a bus's store that believes whom a text names as its sender, wherever it was found. */

import type { RedisCommand } from "../../agents/bus/look.ts";
import { RedisStore } from "../../agents/bus/redis-store.ts";
import { parseJson } from "../../agents/protocol/message.ts";
import { OPERATOR, SENDERS } from "../../agents/protocol/roles.ts";

type Entry = [id: string, fields: string[]];

export class GullibleStore extends RedisStore {
  override onMessage(
    channels: readonly string[],
    listener: (channel: string, payload: string) => void,
  ): void {
    super.onMessage(channels, (channel, payload) => listener(renamed(channel, payload), payload));
  }

  /** Messages of an inbox. */
  override async blocking(command: RedisCommand): Promise<unknown> {
    const reply = (await super.blocking(command)) as [string, Entry[]][] | null;
    return reply?.flatMap(([stream, entries]) =>
      entries.map((entry) => [renamed(stream, entry[1][1] ?? ""), [entry]]),
    );
  }

  /** The transcripts' entries that were asked for, each where it says that it belongs. */
  override async pipeline(commands: readonly RedisCommand[]): Promise<unknown[]> {
    const replies = await super.pipeline(commands);
    const asksTranscript = ([, key]: RedisCommand) => String(key).startsWith("transcript:");
    const entries = replies.filter((_, index) =>
      asksTranscript(commands[index] as RedisCommand),
    ) as Entry[][];
    const saidIn = (transcript: unknown) =>
      entries.flat().filter(([, fields]) => `transcript:${claimedSender(fields[1] ?? "")}` === transcript);
    return commands.map((command, index) => (asksTranscript(command) ? saidIn(command[1]) : replies[index]));
  }
}

/** The same stream or channel, of another sender. */
function renamed(name: string, json: string): string {
  const at = name.lastIndexOf(":") + 1;
  return name.slice(0, at) + (claimedSender(json) ?? name.slice(at));
}

function claimedSender(json: string): string | undefined {
  const { sender, role, control } = (parseJson(json) ?? {}) as Record<string, unknown>;
  if (control) return OPERATOR;
  return SENDERS.find((name) => name === role || name === String(sender).split("::")[0]);
}
