/** How an open turn comes to its end, whichever it is: completed, failed, cancelled, given up. Each end is told once. */
import { describeError, isAppError } from "../base/errors.ts";
import type { Draft } from "../bus/bus.ts";
import { MAX_CONTENT_CHARS, type Message, newMessageId } from "../protocol/message.ts";
import { type Redacted, redacted, sliceRedacted } from "../redact/redacted.ts";
import type { AgentOptions } from "./agent-options.ts";
import type { TurnEnd } from "./events.ts";
import { addressees } from "./final-reply.ts";
import { MAX_INTERRUPTIONS } from "./interruptions.ts";
import type { OpenTurn } from "./open-turn.ts";

export type Course = Pick<AgentOptions, "role" | "turn" | "emit" | "log" | "redactor"> & {
  /** Tells the operator. */
  notice(content: Redacted): void;
};

type RunOptions = { history: readonly Message[]; signal: AbortSignal };

export async function runOpenTurn(course: Course, open: OpenTurn, run: RunOptions): Promise<void> {
  const { emit, turn } = course;
  const { also, hear, journal, delivery } = open;
  const first = () => turn({ ...run, delivery, also, hear, journal });
  const orFailure = (attempt: () => Promise<TurnEnd>) => failing(course, attempt, run.signal);
  const replyOf = (end: TurnEnd) => replyTo(course, open, end);
  const { status } = await open.finish(await orFailure(first), { replyOf, orFailure, signal: run.signal });
  emit({ kind: "turn_ended", message: open.message, status, detail: redacted`` });
}

/** The message has cost the agent its life too often. */
export async function giveUp(course: Course, open: OpenTurn, signal: AbortSignal): Promise<void> {
  const { message } = open;
  const cause = redacted`its turn was interrupted ${MAX_INTERRUPTIONS} times`;
  await open.bury(cause, signal);
  course.emit({ kind: "turn_ended", message, status: "dead", detail: cause });
  const id = course.redactor(message.id);
  course.notice(
    redacted`I gave up a message of ${message.sender} (${id}): ${cause}. /dead shows it, and sends it again.`,
  );
}

/** False when a successor has it. */
export async function cancelTurn(
  course: Course,
  cancel: () => Promise<void>,
  { message, cause }: { message: Message; cause: Redacted },
): Promise<boolean> {
  try {
    await cancel();
  } catch (error) {
    if (isAppError(error, "stale")) return false;
    throw error;
  }
  course.emit({ kind: "turn_ended", message, status: "cancelled", detail: cause });
  return true;
}

function replyTo({ role }: Course, { answered }: OpenTurn, end: TurnEnd): Draft | undefined {
  if (end.text === "") return undefined;
  const content = sliceRedacted(end.text, 0, MAX_CONTENT_CHARS);
  return { id: newMessageId(role), sender: role, content, ...addressees(role, answered, end) };
}

/** What nobody in the channel can mend is told to the operator, and is never a message that others act on. */
async function failing(
  { log, redactor, notice }: Course,
  attempt: () => Promise<TurnEnd>,
  signal: AbortSignal,
): Promise<TurnEnd> {
  try {
    return await attempt();
  } catch (error) {
    if (signal.aborted || isAppError(error, "stale")) throw error;
    log.error({ err: error }, "turn failed");
    const cause = redactor(describeError(error));
    notice(redacted`my turn failed: ${cause}. Mend it and send a message to go on.`);
    return { status: "failed", text: redacted``, cause };
  }
}
