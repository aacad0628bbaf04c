/**
 * From what a server said to a reply of the team: redacted, which it is here and nowhere else, with the calls that are
 * certain, and with what is wrong with the rest. Nothing that was cut off, filtered or broken can be acted on.
 */
import type { Usage } from "../../protocol/spending.ts";
import type { Redactor } from "../../redact/redact.ts";
import { type Redacted, redacted } from "../../redact/redacted.ts";
import { redactJson, Sealed } from "../../redact/redacted-json.ts";
import type { CarriedFields, ModelReply, ToolDefinition, ToolRequest } from "./exchange.ts";
import { argumentsOf } from "./read-chat.ts";
import type { Ended, Fields, Said, SaidCall } from "./spoken.ts";
import { divideThoughts } from "./thoughts.ts";
import { readWritten } from "./written-calls.ts";

/** Calls of one reply that are run; who asks for more has lost the thread. */
const MAX_CALLS = 32;
const MAX_THOUGHTS = 16;

export type Taking = {
  step: number;
  redactor: Redactor;
  tools: readonly ToolDefinition[];
  /** What the reply cost. */
  usage: Usage;
  /** That the server was told to write at most. */
  maxOutputTokens: number;
};

export function takeReply(said: Said, taking: Taking): ModelReply {
  const { redactor, step } = taking;
  const divided = divideThoughts(said.text);
  const native = [...said.calls, ...divided.calls.map(withParsed)];
  const written = readWritten(divided.text, native.length > 0 ? [] : taking.tools);
  const calls = written.kind === "calls" ? written.calls : native;
  const ended = isAtLimit(said, taking) ? "cut" : said.ended;
  const problem = problemOf({ ...said, ended }, written.kind === "unclear", taking);
  const requests = bounded(
    calls.map((call) => toRequest(call, redactor, ended === "whole" ? undefined : problem)),
  );
  const carry = said.carry && redactedFields(redactor, said.carry);
  return {
    text: redactor(written.kind === "calls" ? "" : divided.text),
    thoughts: few([...said.thoughts, ...divided.thoughts]).map((thought) => redactor(thought)),
    calls: requests.map((call, index) => ({ id: `${step}.${index + 1}`, ...call })),
    usage: taking.usage,
    ...(problem && requests.length === 0 && { problem }),
    ...(ended === "cut" && { remedy: remedyForCut(taking) }),
    ...(carry && requests.length > 0 && { carry }),
  };
}

/** Each is shown on its own: of a model that does nothing but open and close thoughts the rest is one. */
function few(thoughts: readonly string[]): string[] {
  const rest = thoughts.slice(MAX_THOUGHTS).join("\n");
  return [...thoughts.slice(0, MAX_THOUGHTS), ...(rest ? [rest] : [])];
}

/** A server that says "stop" at its last token has cut the reply all the same. */
function isAtLimit({ written, ended }: Said, { maxOutputTokens }: Taking): boolean {
  return ended === "whole" && written >= maxOutputTokens;
}

/** Of harmony, whose arguments stand in the text. */
function withParsed({ name, args }: SaidCall): SaidCall {
  return { name, ...argumentsOf(args) };
}

function problemOf(
  said: Said,
  isUnclear: boolean,
  { maxOutputTokens, redactor }: Taking,
): Redacted | undefined {
  const why: Record<Exclude<Ended, "whole">, Redacted> = {
    cut: redacted`Your reply was cut off at the output limit (${maxOutputTokens} tokens, LLM_MAX_OUTPUT_TOKENS); nothing of it was run or sent. Send less at a time: write a long file in parts with append_file, say your report in fewer words.`,
    filtered: redacted`Your reply was stopped by the provider's content filter; nothing of it was run or sent. Say it in other words, or say how your task ended.`,
    malformed: redacted`Your reply held a tool call that the server could not read; nothing was run. Call the tool again, with arguments that are valid JSON.`,
  };
  if (said.ended !== "whole") return why[said.ended];
  if (said.refusal)
    return redacted`Your reply was a refusal (${redactor(said.refusal.slice(0, 400))}); nothing was sent. Go on with your task, or say in words what of it you cannot do.`;
  return isUnclear
    ? redacted`Your reply describes a tool call as text; nothing was run. Call the tool itself, one call and no words beside it, or say how your task ended.`
    : undefined;
}

/** The model can do no more than say less. */
function remedyForCut({ maxOutputTokens }: Taking): Redacted {
  return redacted`The model's reply was cut off at its output limit of ${maxOutputTokens} tokens, each time. The operator can raise LLM_MAX_OUTPUT_TOKENS; a model that fills any limit repeats itself, and another LLM_MODEL is needed.`;
}

type Request = Omit<ToolRequest, "id">;

function toRequest(call: SaidCall, redactor: Redactor, cut: Redacted | undefined): Request {
  const { value, hadSecret } = redactJson(redactor, call.args);
  const problem = cut ?? (call.problem === undefined ? undefined : redactor(call.problem));
  const carry = call.carry && redactedFields(redactor, call.carry);
  return {
    tool: redactor(call.name),
    args: problem === undefined ? value : {},
    ...(hadSecret && problem === undefined && { sealedArgs: new Sealed(call.args) }),
    ...(problem !== undefined && { problem }),
    ...(call.serverId !== undefined && { serverId: redactor(call.serverId) }),
    ...(carry && { carry }),
  };
}

function redactedFields(redactor: Redactor, fields: Fields): CarriedFields {
  return redactJson(redactor, fields).value as CarriedFields;
}

/** The first that is too many says so for all of them. */
function bounded(calls: Request[]): Request[] {
  const first = calls[MAX_CALLS];
  if (!first) return calls;
  const problem = redacted`one reply has at most ${MAX_CALLS} calls; ${calls.length - MAX_CALLS} calls were not run`;
  return [...calls.slice(0, MAX_CALLS), { tool: first.tool, args: {}, problem }];
}
