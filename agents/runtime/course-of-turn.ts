/** How an open turn comes to its end, whichever it is: completed, failed, cancelled, given up. Each end is told once. */
import { describeError, isAppError } from "../base/errors.ts";
import type { RecordedTurn } from "../bus/journal-keys.ts";
import { MAX_CONTENT_CHARS, type Message, newMessageId } from "../protocol/message.ts";
import { type Redacted, redacted, sliceRedacted } from "../redact/redacted.ts";
import type { AgentOptions } from "./agent-options.ts";
import type { TurnEnd } from "./events.ts";
import { circleFact } from "./facts.ts";
import { addressees } from "./final-reply.ts";
import { MAX_INTERRUPTIONS } from "./interruptions.ts";
import type { OpenTurn, Reply } from "./open-turn.ts";
import { circleOf } from "./talk-brake.ts";

export type Course = Pick<AgentOptions, "role" | "turn" | "emit" | "log" | "redactor" | "newsOfTurn"> & {
  /** Tells the operator. */
  notice(content: Redacted): void;
};

type RunOptions = { history: readonly Message[]; past: readonly RecordedTurn[]; signal: AbortSignal };

export async function runOpenTurn(course: Course, open: OpenTurn, run: RunOptions): Promise<void> {
  const { emit, turn } = course;
  const { also, hear, journal, delivery } = open;
  const first = () => turn({ ...run, delivery, also, hear, journal });
  const orFailure = (attempt: () => Promise<TurnEnd>) => failing(course, attempt, run.signal);
  const replyOf = (end: TurnEnd) => replyTo(course, { open, end, history: run.history });
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

type Said = { open: OpenTurn; end: TurnEnd; history: readonly Message[] };

/** What goes in circles is said, and delivered to nobody: `fact` tells why. */
function replyTo({ role, newsOfTurn }: Course, { open, end, history }: Said): Reply {
  if (end.text === "") return {};
  const { answered } = open;
  const content = sliceRedacted(end.text, 0, MAX_CONTENT_CHARS);
  const said = { id: newMessageId(role), sender: role, content, ...addressees(role, answered, end) };
  if (!newsOfTurn) return { reply: said };
  const reply = { ...said, work: newsOfTurn() };
  const heard = answered.filter(({ id }) => history.every((message) => message.id !== id));
  const circle = circleOf([...history, ...heard], reply);
  return circle ? { reply: { ...reply, to: [] }, fact: circleFact(role, circle) } : { reply };
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
