/** One tool call in its turn: allowed, journalled, run or adopted, recorded. Its outcome is never a throw but for the turn's end. */
import type { Call, Calls } from "../host/commands/call.ts";
import { turnIdOf } from "../host/commands/call-id.ts";
import type { Message } from "../protocol/message.ts";
import type { Role } from "../protocol/roles.ts";
import type { Redactor } from "../redact/redact.ts";
import { ours, type Redacted } from "../redact/redacted.ts";
import type { Review, ToolContext, ToolResult } from "../tools/tool.ts";
import type { Authority, Passed, Waiting } from "./asking.ts";
import { isToolsWord } from "./authority.ts";
import { noteDeed } from "./deeds.ts";
import type { ToolCall, TurnListener } from "./events.ts";
import type { JournalWriter } from "./journal-writer.ts";
import type { ToolRequest } from "./model.ts";
import { readResult, WITHHELD } from "./recorded-reply.ts";
import { type RepeatedCalls, remarked } from "./repeated-calls.ts";
import { type Prepared, prepareCall, refused, type ToolTable, unknownResult } from "./tool-call.ts";

export type CallContext = {
  role: Role;
  tools: ToolTable;
  /** Everything of a tool's context that does not change from call to call. */
  toolContext: Omit<ToolContext, "access" | "call" | "review">;
  /** What each call that changes something goes through. */
  authority: Authority;
  /** For a role that reviews. */
  reviewFor?: ((turn: { message: Message; call: Call; shown: readonly string[] }) => Review) | undefined;
  calls: Pick<Calls, "open">;
  redactor: Redactor;
  emit: TurnListener;
};

/** Where the call stands. */
export type CallPlace = {
  message: Message;
  asked: readonly Message[];
  /** What the model was shown of changes in this turn. */
  shown: readonly string[];
  journal: JournalWriter;
  /** Id of the mission that the turn is about. */
  mission: string | undefined;
  repeated: RepeatedCalls;
  signal: AbortSignal;
  request: ToolRequest;
  step: number;
};

export async function runCall(
  context: CallContext,
  place: CallPlace,
): Promise<{ call: ToolCall; result: ToolResult; times: number }> {
  const { journal, message, repeated, request, step, signal } = place;
  const prepared = prepareCall(context, request, step);
  const { call } = prepared;
  const stored = journal.stored(`outcome:${call.id}`);
  if (stored !== undefined) {
    const result = readResult(stored, context.redactor);
    return { call, result, times: repeated.count(call, result) };
  }
  const wasBegun = journal.stored(`intent:${call.id}`) !== undefined;
  const open = context.calls.open(turnIdOf(context.role, message.id), call.id, signal);
  const allowed = wasBegun ? { prepared } : await passed(context, { prepared, open }, place);
  const began = performance.now();
  context.emit({ kind: "tool_started", call });
  const { tool, target, effect } = call;
  journal.note(`intent:${call.id}`, { tool, target, effect, ...allowed.spent });
  await noteDeed({ ...place, context }, { call });
  await journal.flush(signal);
  signal.throwIfAborted();
  const ended = await runOrAdopt(context, { prepared: allowed.prepared, wasBegun, open }, place);
  context.emit({ kind: "tool_ended", call, result: ended, durationMs: performance.now() - began });
  const times = repeated.count(call, ended);
  const result = remarked(call, ended, times); // in the journal as the model reads it
  journal.note(`outcome:${call.id}`, result);
  await noteDeed({ ...place, context }, { call, result });
  await journal.flushOutcome(signal);
  await open.end(); // not before its outcome is recorded: whoever comes after a crash makes the outcome of it
  return { call, result, times };
}

type Opened = { prepared: Prepared; open: Call };
/** What goes into the journal with the intention: for which change, by which grants. */
type Allowed = { prepared: Prepared; spent?: { change: Redacted; grants: Redacted[] } };

async function passed(context: CallContext, { prepared, open }: Opened, place: CallPlace): Promise<Allowed> {
  if (prepared.kind === "refused" || prepared.effect === "read") return { prepared };
  const { authority, toolContext, emit } = context;
  const { journal, message, asked, signal } = place;
  const { call } = prepared;
  const waiting = journal.stored(`asked:${call.id}`) as Waiting | undefined;
  const asking = {
    ...{ call, message, heard: asked, waiting, emit },
    propose: () => prepared.propose({ ...toolContext, access: "full", call: open }),
    note: async (waiting: Waiting) => {
      journal.noteAll({ [`asked:${call.id}`]: JSON.stringify(waiting) });
      await journal.flush(signal);
    },
  };
  const pass = await authority.pass(asking, signal).catch((error: unknown): Passed => {
    if (signal.aborted || !isToolsWord(error)) throw error;
    return { kind: "refused", reason: context.redactor(error.message) };
  });
  if (pass.kind === "refused") return { prepared: { kind: "refused", call, result: refused(pass.reason) } };
  const { change, grants } = pass;
  return {
    prepared,
    ...(change !== undefined && { spent: { change: ours(change), grants: grants.map(ours) } }),
  };
}

async function runOrAdopt(
  { toolContext, reviewFor }: CallContext,
  { prepared, wasBegun, open }: Opened & { wasBegun: boolean },
  { request, message, shown }: CallPlace,
): Promise<ToolResult> {
  if (wasBegun && request.problem === WITHHELD) return unknownResult(prepared.call);
  if (prepared.kind === "refused") return prepared.result;
  const review = reviewFor?.({ message, call: open, shown });
  const context: ToolContext = { ...toolContext, access: "full", call: open, review };
  if (wasBegun && prepared.effect !== "read") return await prepared.adopt(context);
  if (wasBegun) await open.end(); // what the earlier life left of it
  return await prepared.run(context);
}
