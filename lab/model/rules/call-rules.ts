/** Rules about calls in the history, and their results. */
import { z } from "zod";
import {
  firstOf,
  nothing,
  type Refusal,
  rule,
  type WireCall,
  type WireMessage,
  type WireRequest,
} from "./wire-request.ts";

export const CALL_RULES = {
  "id-matches": rule(z.strictObject({ pattern: z.string(), as: z.string().optional() }), (given) => {
    const pattern = idPattern(given.pattern);
    return (request) =>
      firstOf(callsOf(request), ({ id }) =>
        pattern.test(String(id)) ? undefined : `the tool call id ${id} does not match ${given.pattern}`,
      );
  }),
  "ids-unique": rule(nothing, () => (request) => {
    const ids = callsOf(request).map(({ id }) => String(id));
    const twice = ids.find((id, at) => ids.indexOf(id) < at);
    return twice === undefined ? undefined : { what: `the tool call id ${twice} is there twice` };
  }),
  "calls-answered": rule(
    nothing,
    () =>
      ({ messages }) =>
        unanswered(messages),
  ),
  "tool-has-name": rule(
    nothing,
    () =>
      ({ messages }) =>
        firstOf(messages, (one) =>
          one.role === "tool" && !one["name"] ? "a message of role tool without a name" : undefined,
        ),
  ),
  "arguments-text": rule(
    nothing,
    () => (request) =>
      firstOf(callsOf(request), (one) =>
        typeof one.function?.arguments === "string" ? undefined : "arguments that are no string",
      ),
  ),
  "arguments-json": rule(
    nothing,
    () => (request) =>
      firstOf(callsOf(request), (one) =>
        isJsonObject(String(one.function?.arguments)) ? undefined : "arguments that are no JSON object",
      ),
  ),
  "signature-comes-back": rule(
    nothing,
    () =>
      ({ messages }) =>
        firstOf(messages, (one) => {
          const signed = JSON.stringify(one.tool_calls?.[0]?.["extra_content"] ?? null);
          return one.tool_calls?.[0] && !signed.includes("thought_signature")
            ? `the call ${one.tool_calls[0].function?.name} without its thought_signature`
            : undefined;
        }),
  ),
} as const;

function callsOf(request: WireRequest): WireCall[] {
  return request.messages.flatMap((one) => one.tool_calls ?? []);
}

/** Every call has its result before anything else is said, and every result its call. */
function unanswered(messages: readonly WireMessage[]): Refusal | undefined {
  let open: string[] = [];
  for (const one of messages) {
    if (one.role === "tool") {
      if (!open.includes(one.tool_call_id ?? ""))
        return { what: `a result for no call: ${one.tool_call_id}` };
      open = open.filter((id) => id !== one.tool_call_id);
      continue;
    }
    if (open.length > 0) return { what: `the call ${open[0]} has no result` };
    open = (one.tool_calls ?? []).map(({ id }) => String(id));
  }
  return open.length > 0 ? { what: `the call ${open[0]} has no result` } : undefined;
}

function idPattern(source: string): RegExp {
  // Linear because a profile's patterns are one class with a count.
  return new RegExp(`^${source}$`);
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
