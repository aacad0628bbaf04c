/**
 * A turn: everything a role does about one message. Model call, tool calls, again, until the model has said
 * its final reply. Journal first, act second; after a crash the same function goes on from the journal.
 */
import type { Delivery } from "../bus/bus.ts";
import type { Call, Calls } from "../host/commands/call.ts";
import { turnIdOf } from "../host/commands/call-id.ts";
import type { Message } from "../protocol/message.ts";
import type { Role } from "../protocol/roles.ts";
import type { ModelEndpoint } from "../protocol/spending.ts";
import type { Redactor } from "../redact/redact.ts";
import type { Redacted } from "../redact/redacted.ts";
import type { ToolContext, ToolResult } from "../tools/tool.ts";
import { escalationText, exhaustedText, FAILED_TOO_OFTEN, type FailureCounter } from "./escalation.ts";
import type { ToolCall, TurnEnd, TurnListener } from "./events.ts";
import { checkFinalReply } from "./final-reply.ts";
import type { JournalWriter } from "./journal-writer.ts";
import type { Gate } from "./model/gate.ts";
import type { AskOptions, Model, ModelReply, ToolRequest } from "./model.ts";
import { readRecorded, readResult, recordOf, WITHHELD } from "./recorded-reply.ts";
import { RepeatedCalls, remarked, stuckText } from "./repeated-calls.ts";
import { noteSpent } from "./spending.ts";
import type { Thread } from "./thread.ts";
import { fitThread } from "./thread-records.ts";
import { type Prepared, prepareCall, type ToolTable, unknownResult } from "./tool-call.ts";

export type TurnContext = {
  role: Role;
  model: Model;
  /** Which model, and where: for the ledger. */
  endpoint: ModelEndpoint;
  /** What each request goes through: budgets and limits. */
  gateFor?(asked: readonly Message[], told: Pick<AskOptions, "onWait" | "onAgain">): Gate;
  tools: ToolTable;
  /** Everything of a tool's context that does not change from call to call. */
  toolContext: Omit<ToolContext, "access" | "call">;
  calls: Pick<Calls, "open">;
  failures: FailureCounter;
  redactor: Redactor;
  maxSteps: number;
  emit: TurnListener;
};

export type RunTurn = {
  delivery: Delivery;
  /** What waited beside it. */
  also: readonly Message[];
  hear: (step: number) => readonly Message[];
  journal: JournalWriter;
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
  signal: AbortSignal;
  thread: Thread;
  repeated: RepeatedCalls;
};

/**
 * Throws when `signal` aborts (its reason), with
 * `stale` when the run has passed, with `unavailable` or `bad_config` when the model cannot be had.
 */
export async function runTurn(context: TurnContext, turn: RunTurn): Promise<TurnEnd> {
  const { delivery, also, hear, journal, thread, signal } = turn;
  const { message } = delivery;
  context.emit({ kind: "turn_started", message });
  const begun = { asked: [message, ...also], thread, repeated: new RepeatedCalls() };
  return await runSteps({ context, message, hear, journal, signal, ...begun }, 1);
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
      const word = checkFinalReply(context.role, reply, { asked, corrections, thread: thread.messages });
      if (word.kind === "final") {
        if (journal.stored(`heard:${step + 1}`)) continue; // an earlier life asked again
        return { ...word.end, again: () => runSteps(work, step + 1) };
      }
      corrections++;
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
    const { call, result, times } = await runCall(work, request, step);
    thread.result(request, call, result);
    const why = context.failures.isTooOften(call, result) ? FAILED_TOO_OFTEN : stuckText(times);
    if (why) return escalationText(context.role, message, { call, result, why, remedy });
  }
  return undefined;
}

async function runCall(
  work: Work,
  request: ToolRequest,
  step: number,
): Promise<{ call: ToolCall; result: ToolResult; times: number }> {
  const { context, journal, message, repeated, signal } = work;
  const prepared = prepareCall(context, request, step);
  const { call } = prepared;
  const stored = journal.stored(`outcome:${call.id}`);
  if (stored !== undefined) {
    const result = readResult(stored, context.redactor);
    return { call, result, times: repeated.count(call, result) };
  }
  const wasBegun = journal.stored(`intent:${call.id}`) !== undefined;
  const began = performance.now();
  context.emit({ kind: "tool_started", call });
  journal.note(`intent:${call.id}`, { tool: call.tool, target: call.target, effect: call.effect });
  await journal.flush(signal);
  signal.throwIfAborted();
  const open = context.calls.open(turnIdOf(context.role, message.id), call.id, signal);
  const ended = await runOrAdopt(context, { prepared, request, wasBegun, open });
  context.emit({ kind: "tool_ended", call, result: ended, durationMs: performance.now() - began });
  const times = repeated.count(call, ended);
  const result = remarked(call, ended, times); // in the journal as the model reads it
  journal.note(`outcome:${call.id}`, result);
  await journal.flushOutcome(signal);
  await open.end(); // not before its outcome is recorded: whoever comes after a crash makes the outcome of it
  return { call, result, times };
}

type Begun = { prepared: Prepared; request: ToolRequest; wasBegun: boolean; open: Call };

async function runOrAdopt(
  { toolContext }: TurnContext,
  { prepared, request, wasBegun, open }: Begun,
): Promise<ToolResult> {
  if (wasBegun && request.problem === WITHHELD) return unknownResult(prepared.call);
  if (prepared.kind === "refused") return prepared.result;
  const context: ToolContext = { ...toolContext, access: "full", call: open };
  if (wasBegun && prepared.effect !== "read") return await prepared.adopt(context);
  if (wasBegun) await open.end(); // what the earlier life left of it
  return await prepared.run(context);
}
