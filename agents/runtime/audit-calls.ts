/** Every call that can change the cluster is in the audit: before it begins, and when it has ended. */
import { createHash } from "node:crypto";
import type { Audit } from "../bus/audit-file.ts";
import type { AuditKind } from "../protocol/audit.ts";
import type { Logger } from "../redact/log.ts";
import { ours, type RedactedJson, sliceRedacted } from "../redact/redacted.ts";
import type { ToolCall, TurnListener } from "./events.ts";

/** Of arguments; what is longer is named by its digest. */
const MAX_ARGS_CHARS = 60_000;

/** Tools by which something is recorded. */
const RECORDS: Readonly<Record<string, AuditKind>> = { record_criteria: "criteria", record_check: "check" };
const MAX_SHOWN_CHARS = 4_000;

/** What cannot be written down beforehand is not begun: its AppError ends the turn. */
export function auditCalls(audit: Audit, log: Logger): TurnListener {
  let message: RedactedJson = null;
  let session: RedactedJson = null;
  return (event) => {
    if (event.kind === "turn_started") {
      message = ours(event.message.id);
      session = ours(event.message.session);
    }
    if (event.kind === "tool_started" && isAudited(event.call))
      audit.append("intent", { session, message, ...callOf(event.call) });
    if (event.kind !== "tool_ended") return;
    const { call, result } = event;
    const record = RECORDS[call.tool];
    if (!record && !isAudited(call)) return;
    const ended = {
      session,
      message,
      call: ours(call.id),
      outcome: ours(result.kind),
      exitCode: result.exitCode,
    };
    const shown = sliceRedacted(result.stdout, 0, MAX_SHOWN_CHARS);
    try {
      if (record) audit.append(record, { ...ended, ...callOf(call), shown });
      else audit.append("outcome", ended);
    } catch (error) {
      log.error({ err: error }, "the outcome of a call is not in the audit");
    }
  };
}

function isAudited({ effect }: ToolCall): boolean {
  return effect === "infrastructure";
}

function callOf({ id, tool, target, args }: ToolCall): Readonly<Record<string, RedactedJson>> {
  const json = JSON.stringify(args);
  const isLong = json.length > MAX_ARGS_CHARS;
  const sha256 = () => ours(createHash("sha256").update(json).digest("hex"));
  return { call: ours(id), tool, target, args: isLong ? { chars: json.length, sha256: sha256() } : args };
}
