/** The commands that the product writes when somebody speaks, and when a role ends its turn: for a bare transaction. */

import type { RedisCommand } from "../../../agents/bus/look.ts";
import { inboxKey, sayCommands, turnKey } from "../../../agents/bus/redis-schema.ts";
import { type Message, newMessageId } from "../../../agents/protocol/message.ts";
import { OPERATOR, type Role, type Sender } from "../../../agents/protocol/roles.ts";
import { ours } from "../../../agents/redact/redacted.ts";

type Word = { to: Role; content: string };

export function say(sender: Sender, { to, content }: Word): (string | number)[][] {
  const message: Message = {
    ...{
      kind: "message",
      id: newMessageId(sender),
      sender,
      to: [to],
      content: ours(content),
      signal: undefined,
    },
    ...{ timestamp: new Date().toISOString(), session: "bare", epoch: 1 },
  };
  return sayCommands(message, `bare:${to}`).map(toCall);
}

export function endAndSay(role: Role, word: Word): (string | number)[][] {
  const [turn, inbox] = [turnKey(role, newMessageId(OPERATOR)), inboxKey(role, OPERATOR)];
  const end: RedisCommand[] = [
    ["HSET", turn, "status", "completed", "endedAt", new Date().toISOString(), "reply:1", word.content],
    ["EXPIRE", turn, 86_400],
    ["XDEL", inbox, "1-1"],
  ];
  return [...say(role, word), ...end.map(toCall)];
}

function toCall([name, ...args]: RedisCommand): (string | number)[] {
  return [name.toLowerCase(), ...args];
}
