/** A model's reply as the journal keeps it. Of arguments that held a secret it has what may be shown: such a call cannot be repeated. */
import type { Redactor } from "../redact/redact.ts";
import { redacted } from "../redact/redacted.ts";
import { redactJson } from "../redact/redacted-json.ts";
import type { ToolResult } from "../tools/tool.ts";
import type { ModelReply, ToolRequest } from "./model.ts";

/** The problem of a call whose arguments are not in the record. */
export const WITHHELD = redacted`its arguments held a secret, which no record keeps, and the agent was interrupted: call it again if it is needed`;

export type RecordedReply = Omit<ModelReply, "calls"> & { calls: Omit<ToolRequest, "sealedArgs">[] };

export function recordOf({ calls, ...reply }: ModelReply): RecordedReply {
  return {
    ...reply,
    calls: calls.map(({ sealedArgs, ...call }) => (sealedArgs ? withheld(call) : call)),
  };
}

/** From the journal, which may have been written before a secret was known. */
export function readRecorded(value: unknown, redactor: Redactor): RecordedReply {
  const { calls, usage } = value as RecordedReply;
  const reply = redactJson(redactor, value).value as unknown as RecordedReply;
  if (!Array.isArray(reply.calls)) return { text: redacted``, thoughts: [], calls: [], usage }; // nothing of it can be shown
  const isWhole = (index: number) => !redactJson(redactor, calls[index]).hadSecret;
  return { ...reply, calls: reply.calls.map((call, index) => (isWhole(index) ? call : withheld(call))) };
}

/** Of a call, from the journal as well. */
export function readResult(value: unknown, redactor: Redactor): ToolResult {
  return redactJson(redactor, value).value as unknown as ToolResult;
}

function withheld(call: Omit<ToolRequest, "sealedArgs">): Omit<ToolRequest, "sealedArgs"> {
  return { ...call, problem: WITHHELD };
}
