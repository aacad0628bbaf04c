/** What a console says when it has found the team: which session goes on, and what was said in it last. */
import type { ControlState } from "../agents/protocol/control.ts";
import type { Message } from "../agents/protocol/message.ts";
import { ours, type Redacted, redacted } from "../agents/redact/redacted.ts";
import { inertLine } from "./terminal-safe.ts";

const MESSAGES = 5;
/** Error codes of Redis that another attempt does not mend. */
const REFUSED = /^(?:WRONGPASS|NOAUTH|NOPERM)\b/;

/** Why there is no session to be found yet. */
export function awayText(reason: string): string {
  if (!REFUSED.test(reason)) return `Redis is away (${reason}); trying again until it is back.`;
  return `Redis refuses this console (${reason}): the user REDIS_USER with the password in REDIS_PASSWORD_FILE is none of its users. Start the team and its console anew, which hands out fitting ones; for a Redis of your own correct the two. Trying again until it lets us in.`;
}

/** `last` is shown after the words. */
export function greeting(
  { session, state }: ControlState,
  messages: readonly Message[],
): { words: Redacted[]; last: readonly Message[] } {
  const last = messages.slice(-MESSAGES);
  const said = last.length === 0 ? redacted`nothing said yet` : redacted`${messages.length} messages`;
  const ending = state === "stopped" ? redacted`; the team is stopped until you speak` : redacted``;
  const words = [redacted`Session ${ours(inertLine(session))}, ${said}${ending}.`];
  if (last.length > 0) words.push(redacted`The last ${last.length} of them (/history shows more):`);
  return { words, last };
}
