/** The operator's side of a benchmark: say something to a role, hear its answer, wait for what is seen on the bus. */

import type { Bus, LiveEvent } from "../../agents/bus/bus.ts";
import { newMessageId } from "../../agents/protocol/message.ts";
import { OPERATOR, type Role } from "../../agents/protocol/roles.ts";
import { ours } from "../../agents/redact/redacted.ts";

/** For any one thing that a benchmark waits for. */
const PATIENCE_MS = 60_000;

/** `signal`, or a minute. */
export function patience(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
}

/** What `read` makes of the first event that it has an answer for, from now on; rejects when `signal` aborts. */
export function hear<T>(
  bus: Bus,
  read: (event: LiveEvent) => T | undefined,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = bus.watch((event) => {
      const found = read(event);
      if (found === undefined) return;
      stop();
      resolve(found);
    });
    const giveUp = () => {
      stop();
      reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp, { once: true });
  });
}

/** The first word that the role is there and idle. */
export function hearIdle(bus: Bus, role: Role, signal: AbortSignal): Promise<boolean> {
  return hear(
    bus,
    (event) => (event.kind === "activity" && event.role === role && event.state === "idle") || undefined,
    signal,
  );
}

export function hearReply(bus: Bus, role: Role, signal: AbortSignal): Promise<string> {
  return hear(
    bus,
    (event) => (event.kind === "message" && event.sender === role && !event.fact ? event.content : undefined),
    signal,
  );
}

export type Saying = { to: Role; content: string; id?: string };

export async function say(
  bus: Bus,
  { to, content, id = newMessageId(OPERATOR) }: Saying,
  signal: AbortSignal,
): Promise<void> {
  await bus.send({ id, sender: OPERATOR, to: [to], content: ours(content) }, { signal });
}

export async function ask(bus: Bus, saying: Saying, signal: AbortSignal): Promise<string> {
  const [reply] = await Promise.all([hearReply(bus, saying.to, signal), say(bus, saying, signal)]);
  return reply;
}
