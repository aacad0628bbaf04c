/** What tests of buses say and hear. */
import type { Delivery, Draft, Mailbox } from "../bus/bus.ts";
import { newMessageId } from "../protocol/message.ts";
import type { Role, Sender } from "../protocol/roles.ts";
import { ours } from "../redact/redacted.ts";

const signal = new AbortController().signal;

export function draft(sender: Sender, to: Role[], content: string): Draft {
  return { id: newMessageId(sender), sender, to, content: ours(content) };
}

/** Receive until `count` messages came; the suite's time limit ends it otherwise. */
export async function receiveCount(mailbox: Mailbox, count: number): Promise<Delivery[]> {
  const received: Delivery[] = [];
  while (received.length < count) received.push(...(await mailbox.receive({ signal })));
  return received;
}
