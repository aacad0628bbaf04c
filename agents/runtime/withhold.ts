/** A model's reply as it may be kept: without secrets. A call that held one cannot be made again from the record. */
import type { Redactor } from "../redact/redact.ts";
import type { ModelReply, ToolRequest } from "./model.ts";

/** The problem of a call whose arguments are not in the record. */
export const WITHHELD =
  "its arguments held a secret, which no record keeps, and the agent was interrupted: call it again if it is needed";

export function withoutSecrets(reply: ModelReply, redactor: Redactor): ModelReply {
  const { text, thoughts, calls, usage } = reply;
  return {
    text: redactor(text),
    thoughts: thoughts.map(redactor),
    calls: calls.map((call) => withoutSecret(call, redactor)),
    usage,
  };
}

function withoutSecret(call: ToolRequest, redactor: Redactor): ToolRequest {
  const json = JSON.stringify([call.tool, call.args, call.problem]);
  if (redactor(json) === json) return call;
  return { id: call.id, tool: redactor(call.tool), args: {}, problem: WITHHELD };
}
