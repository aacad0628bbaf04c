/** The transactions by which something is said, and by which the operator commands: decisions.ts says what they write. */
import type { ControlCommand, ControlState } from "../protocol/control.ts";
import type { Message } from "../protocol/message.ts";
import { OPERATOR } from "../protocol/roles.ts";
import type { Draft } from "./bus.ts";
import { decideCommand, decideSend } from "./decisions.ts";
import type { MessageReader } from "./message-reader.ts";
import { CONTROL_KEY, parseTime, READ_CONTROL, READ_TIME, sentKey } from "./redis-schema.ts";
import type { RedisStore } from "./redis-store.ts";

/** Without a channel it is not published. */
export async function sendDraft(
  store: RedisStore,
  draft: Draft,
  about: { channel: string | undefined; reader: MessageReader },
): Promise<Message> {
  const sentBefore = sentKey(draft.sender, draft.id);
  return await store.transact(
    [CONTROL_KEY, sentBefore],
    [READ_CONTROL, ["GET", sentBefore], READ_TIME],
    ([control, sent, time]) => decideSend(draft, control, sent, { ...about, now: parseTime(time) }),
  );
}

/** Once for each `id`. */
export async function giveCommand(
  store: RedisStore,
  order: { command: ControlCommand; id: string; channel: string },
): Promise<ControlState> {
  const sentBefore = sentKey(OPERATOR, order.id);
  return await store.transact(
    [CONTROL_KEY, sentBefore],
    [READ_CONTROL, ["GET", sentBefore]],
    ([control, sent]) => decideCommand(order, control, sent),
  );
}
