/**
 * A turn: everything a role does about one message. Model call, tool calls, again, until the model has said
 * its final reply. Journal first, act second; after a crash the same function goes on from the journal.
 */
import type { Delivery } from "../bus/bus.ts";
import { MISSION } from "../bus/journal-keys.ts";
import type { Message } from "../protocol/message.ts";
import type { ModelEndpoint } from "../protocol/spending.ts";
import { ours, type Redacted } from "../redact/redacted.ts";
import { RECORD_VERDICT } from "../tools/record-verdict.ts";
import { SHOW_CHANGE } from "../tools/show-change.ts";
import type { DoneJudge } from "./done-request.ts";
import { escalationText, exhaustedText, FAILED_TOO_OFTEN, type FailureCounter } from "./escalation.ts";
import type { TurnEnd } from "./events.ts";
import { checkFinalReply } from "./final-reply.ts";
import type { JournalWriter } from "./journal-writer.ts";
import type { Gate } from "./model/gate.ts";
import type { AskOptions, Model, ModelReply } from "./model.ts";
import { readRecorded, recordOf } from "./recorded-reply.ts";
import { RepeatedCalls, stuckText } from "./repeated-calls.ts";
import { type CallContext, runCall } from "./run-call.ts";
import { noteSpent } from "./spending.ts";
import type { Thread } from "./thread.ts";
import { fitThread } from "./thread-records.ts";

export type TurnContext = CallContext & {
  model: Model;
  /** Which model, and where: for the ledger. */
  endpoint: ModelEndpoint;
  /** What each request goes through: budgets and limits. */
  gateFor?(asked: readonly Message[], told: Pick<AskOptions, "onWait" | "onAgain">): Gate;
  /** Whether the coordinator's `[DONE]` holds. Without it nobody asks. */
  judgeDone?: DoneJudge;
  failures: FailureCounter;
  maxSteps: number;
};

export type RunTurn = {
  delivery: Delivery;
  /** What waited beside it. */
  also: readonly Message[];
  hear: (step: number) => readonly Message[];
  journal: JournalWriter;
  /** Id of the mission that it is about. */
  mission?: string | undefined;
  /** The role's, up to and with all that the turn is about. */
  thread: Thread;
  signal: AbortSignal;
};

type Work = {
  context: TurnContext;
  message: Message;
  /** All that the last word answers, what the operator says meanwhile included. */
  asked: Message[];
  hear: RunTurn["hear"];
  journal: JournalWriter;
  mission: string | undefined;
  signal: AbortSignal;
  thread: Thread;
  /** What the model was shown of changes in this turn. */
  shown: string[];
  /** It has recorded a verdict. */
  hasJudged: boolean;
  repeated: RepeatedCalls;
};

/**
 * Throws when `signal` aborts (its reason), with
 * `stale` when the run has passed, with `unavailable` or `bad_config` when the model cannot be had.
 */
export async function runTurn(context: TurnContext, turn: RunTurn): Promise<TurnEnd> {
  const { delivery, also, hear, journal, mission, thread, signal } = turn;
  const { message } = delivery;
  context.emit({ kind: "turn_started", message });
  const begun = {
    ...{ asked: [message, ...also], thread, shown: [], hasJudged: false, repeated: new RepeatedCalls() },
  };
  if (mission !== undefined && !journal.stored(MISSION)) journal.note(MISSION, ours(mission));
  return await runSteps({ context, message, hear, journal, mission, signal, ...begun }, 1);
}

/** From this step on. A last word without what the operator said meanwhile is not sent: `again` asks for another. */
async function runSteps(work: Work, from: number): Promise<TurnEnd> {
  const end = await untilEnd(work, from);
  return { ...end, entries: work.journal.takeNotes() };
}

async function untilEnd(work: Work, from: number): Promise<TurnEnd> {
  const { context, message, asked, journal, thread } = work;
  let corrections = 0;
  for (let step = from; step <= context.maxSteps; step++) {
    hearOperator(work, step);
    const reply = await nextReply(work, step);
    for (const thought of reply.thoughts) context.emit({ kind: "thought", text: thought });
    thread.reply(recordOf(reply));
    if (reply.calls.length === 0) {
      let word = checkFinalReply(context.role, reply, {
        ...{ asked, corrections, thread: thread.messages, hasJudged: work.hasJudged },
      });
      if (word.kind === "final") {
        if (journal.stored(`heard:${step + 1}`)) continue; // an earlier life asked again
        word = (await context.judgeDone?.({ end: word.end, step, journal, signal: work.signal })) ?? word;
        if (word.kind === "final") return { ...word.end, again: () => runSteps(work, step + 1) };
      } else corrections++;
      journal.note(`correction:${step}`, word.correction);
      await journal.flush(work.signal); // it is paid, whatever comes of the next one
      thread.correct(word.correction);
      continue;
    }
    if (reply.text) context.emit({ kind: "thought", text: reply.text });
    const escalation = await runCalls(work, reply, step);
    if (escalation) return { status: "blocked", text: escalation };
  }
  return { status: "exhausted", text: exhaustedText(context, message) };
}

/** What he has said since the last step comes before the next one. */
function hearOperator({ hear, asked, thread, repeated }: Work, step: number): void {
  const heard = hear(step);
  if (heard.length > 0) repeated.clear();
  asked.push(...heard);
  thread.hear(heard);
}

async function nextReply(
  { context, message: { id }, asked, journal, signal, thread }: Work,
  step: number,
): Promise<ModelReply> {
  fitThread(thread, { journal, redactor: context.redactor, id, step });
  const stored = journal.stored(`reply:${step}`);
  if (stored !== undefined) return readRecorded(stored, context.redactor);
  signal.throwIfAborted();
  const onAgain = () => context.emit({ kind: "step_started", step });
  onAgain();
  const began = performance.now();
  const onWait = (reason: Redacted, delayMs: number) =>
    context.emit({ kind: "model_waiting", reason, delayMs });
  const gate = context.gateFor?.(asked, { onWait, onAgain });
  const reply = await context.model.ask(thread.messages, { step, signal, onWait, onAgain, gate });
  context.emit({ kind: "model_replied", step, usage: reply.usage, durationMs: performance.now() - began });
  journal.note(`reply:${step}`, recordOf(reply));
  noteSpent(journal, context.endpoint, reply.usage);
  return reply;
}

/** One after the other. A text when the same failure, or the same result, has come too often. */
async function runCalls(
  work: Work,
  { calls, remedy }: ModelReply,
  step: number,
): Promise<Redacted | undefined> {
  const { context, message, thread } = work;
  for (const request of calls) {
    const { call, result, times } = await runCall(context, { ...work, shown: shownIn(work), request, step });
    work.hasJudged ||= call.tool === RECORD_VERDICT && result.kind === "ok";
    if (call.tool === SHOW_CHANGE && result.kind === "ok") work.shown.push(result.stdout);
    thread.result(request, call, result);
    const why = context.failures.isTooOften(call, result) ? FAILED_TOO_OFTEN : stuckText(times);
    if (why) return escalationText(context.role, message, { call, result, why, remedy });
  }
  return undefined;
}

/** Of changes: what stands in the messages of the turn, and what show_change has shown since it began. */
function shownIn({ asked, shown }: Work): string[] {
  return [...asked.filter(({ fact }) => fact?.kind === "change").map(({ content }) => content), ...shown];
}
