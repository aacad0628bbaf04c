/**
 * What a model or its provider gets wrong. Some faults change the reply (`distort`), the others the HTTP
 * answer (server.ts). A fault happens a number of times and is then over: the only state a scripted model has.
 */
import { z } from "zod";
import { ROLES, type Role } from "../../agents/protocol/roles.ts";
import type { Reply } from "./completion.ts";

export const fault = z.strictObject({
  kind: z.enum([
    "status", // an error answer with `status` and, for 429, `retry_after_s`
    "hang", // no answer at all until the client gives up
    "cut", // the connection breaks in the middle of the answer
    "truncated_json", // the answer ends too early, but in good order
    "malformed_arguments", // arguments of a tool call that are not JSON
    "unknown_tool", // a call of a tool that nobody offers
    "duplicate_ids", // two tool calls with the same id
    "empty", // neither text nor calls
    "think_tags", // thinking inside the text, in <think> tags
  ]),
  /** Only this role's calls; without it everybody's. */
  role: z.enum(ROLES).optional(),
  times: z.number().int().min(1).default(1),
  status: z.number().int().min(400).max(599).default(500),
  retry_after_s: z.number().min(0).optional(),
});
export type Fault = z.infer<typeof fault>;

export type ArmedFaults = {
  arm(fault: Fault): void;
  /** What goes wrong with a call of this role now, counted down; `own` is the fault of the rule that answers. */
  take(role: Role, own?: Fault): Fault | undefined;
};

export function createFaults(initial: readonly Fault[]): ArmedFaults {
  const armed = [...initial];
  const happened = new Map<Fault, number>();
  return {
    arm: (one) => void armed.push(one),
    take(role, own) {
      const due = [...armed, ...(own ? [own] : [])].find(
        (one) => (one.role ?? role) === role && (happened.get(one) ?? 0) < one.times,
      );
      if (due) happened.set(due, (happened.get(due) ?? 0) + 1);
      return due;
    },
  };
}

/** The reply as a broken model would give it; unchanged for the faults of the HTTP answer. */
export function distort(reply: Reply, kind: Fault["kind"]): Reply {
  const calls = reply.calls.length > 0 ? reply.calls : [{ id: "call_0", name: "read_file", arguments: "{}" }];
  switch (kind) {
    case "malformed_arguments":
      return {
        ...reply,
        calls: calls.map((call) => ({ ...call, arguments: `${call.arguments.slice(0, -1)},` })),
      };
    case "unknown_tool":
      return { ...reply, calls: calls.map((call) => ({ ...call, name: "request_security_audit" })) };
    case "duplicate_ids":
      return { ...reply, calls: calls.flatMap((call) => [call, call]) };
    case "empty":
      return { say: "", think: "", calls: [] };
    case "think_tags":
      return { ...reply, think: "", say: `<think>${reply.think || "Let me think."}</think>\n${reply.say}` };
    case "status":
    case "hang":
    case "cut":
    case "truncated_json":
      return reply;
    default:
      return kind satisfies never;
  }
}
