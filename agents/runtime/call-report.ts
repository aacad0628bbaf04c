/** Tells the operator of each tool call, when it has ended: who, what, where, with which outcome, in one line. */
import type { Bus } from "../bus/bus.ts";
import { type CallReport, MAX_CAUSE_CHARS, MAX_GIST_CHARS, MAX_NAME_CHARS } from "../protocol/call-report.ts";
import type { Role } from "../protocol/roles.ts";
import {
  fromRedactedParts,
  joinRedacted,
  ours,
  type Redacted,
  type RedactedJson,
  redacted,
  rewrite,
  sliceRedacted,
} from "../redact/redacted.ts";
import type { ToolResult } from "../tools/tool.ts";
import type { ToolCall, TurnListener } from "./events.ts";

/** Arguments that say what is done; what a flag means says its name. */
const TELLING = ["command", "action", "url", "limit", "tags"];
const CHANGES = { read: "nothing", workspace: "workspace", infrastructure: "infrastructure" } as const;
/** Looked at for a line: what comes behind it is no first line of anything. */
const LOOKED_AT_CHARS = 4_000;

export function reportCalls(bus: Bus, role: Role): TurnListener {
  let messageId = "";
  return (event) => {
    if (event.kind === "turn_started") messageId = event.message.id;
    if (event.kind !== "tool_ended") return;
    bus.show(toReport(event, { role, messageId }));
  };
}

/** What a call does, in the words of its arguments: a command, an address, `check`. */
export function gistOf(args: RedactedJson): Redacted {
  if (typeof args !== "object" || args === null || Array.isArray(args)) return redacted``;
  const words = Object.entries(args as Record<string, RedactedJson>).flatMap(([name, value]) => {
    if (value === true) return [ours(name)];
    const isTold = TELLING.includes(name) && typeof value === "string";
    return isTold ? [oneLine(fromRedactedParts(value), MAX_GIST_CHARS)] : [];
  });
  return sliceRedacted(joinRedacted(words, ", "), 0, MAX_GIST_CHARS);
}

type Ended = { call: ToolCall; result: ToolResult; durationMs: number };

function toReport(
  { call, result, durationMs }: Ended,
  turn: Pick<CallReport, "role" | "messageId">,
): CallReport {
  return {
    ...{ kind: "call", ...turn, callId: call.id },
    ...{ tool: oneLine(call.tool, MAX_NAME_CHARS), target: oneLine(call.target, MAX_NAME_CHARS) },
    gist: gistOf(call.args),
    ...{ outcome: result.kind, exitCode: result.exitCode, ms: Math.round(durationMs) },
    changes: result.kind === "refused" ? "nothing" : CHANGES[call.effect],
    cause: result.kind === "ok" ? redacted`` : causeOf(result),
  };
}

/** Errors begin with what is wrong; what a program printed ends with it. */
function causeOf({ stderr, stdout }: ToolResult): Redacted {
  const first = firstLine(sliceRedacted(stderr, 0, LOOKED_AT_CHARS));
  return oneLine(first || lastLine(sliceRedacted(stdout, -LOOKED_AT_CHARS)), MAX_CAUSE_CHARS);
}

function firstLine(text: Redacted): Redacted {
  return rewrite(text, (it) => it.split("\n").find((line) => /[a-z]/i.test(line)) ?? "");
}

function lastLine(text: Redacted): Redacted {
  return rewrite(text, (it) => it.split("\n").findLast((line) => /[a-z]/i.test(line)) ?? "");
}

function oneLine(text: Redacted, maxChars: number): Redacted {
  const some = sliceRedacted(text, 0, LOOKED_AT_CHARS);
  return rewrite(some, (it) => it.split(/\s+/).filter(Boolean).join(" ").slice(0, maxChars));
}
