/** Failures counted by what failed, not by how many in a row: three of the same are brought to the coordinator. */

import type { Message } from "../protocol/message.ts";
import { COORDINATOR, type Role } from "../protocol/roles.ts";
import { joinRedacted, ours, type Redacted, redacted, rewrite, sliceRedacted } from "../redact/redacted.ts";
import type { ToolResult } from "../tools/tool.ts";
import type { ToolCall } from "./events.ts";

const ESCALATE_AT = 3;

export class FailureCounter {
  readonly #counts = new Map<string, number>();

  /** Count a result; true when it is the third failure of its kind (which begins the count anew). */
  isTooOften(call: ToolCall, result: ToolResult): boolean {
    if (result.kind === "ok" || result.kind === "cancelled" || isSilentCheck(result)) return false;
    const key = fingerprint(call, result);
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count % ESCALATE_AT);
    return count === ESCALATE_AT;
  }

  clear(): void {
    this.#counts.clear();
  }
}

/** Such as grep -q or test -f: its exit code is the answer, and there is no error in it. */
function isSilentCheck({ kind, stdout, stderr }: ToolResult): boolean {
  const isEmpty = (line: string) => line.trim() === "" || (line.startsWith("[cwd ") && line.endsWith("]"));
  return kind === "failed" && `${stdout}${stderr}`.split("\n").every(isEmpty);
}

/** The call, with all of its arguments, and the error without what changes from try to try: numbers, hashes, times, names of files in /tmp. */
export function fingerprint(call: ToolCall, result: ToolResult): string {
  const lines = `${result.stderr}\n${result.stdout}`.split("\n").map((line) => line.trim());
  const error = lines.find((line) => /error|fail|denied|refused|not found|no such|unreachable/i.test(line));
  const normalised = (error ?? lines.find(Boolean) ?? "")
    .toLowerCase()
    .replace(/\/tmp\/\S+/g, "/tmp/*")
    .replace(/\b[0-9a-f]{8,}\b/g, "*")
    .replace(/\d+/g, "#")
    .slice(0, 200);
  return [call.tool, JSON.stringify(call.args), result.kind, result.exitCode, normalised].join("|");
}

export const FAILED_TOO_OFTEN: Redacted = redacted`has failed ${ESCALATE_AT} times in the same way`;

type Escalated = { call: ToolCall; result: ToolResult; why: Redacted; remedy: Redacted | undefined };

/** What the coordinator (or, for the coordinator itself, the operator) is told. `why` goes on from the call's name. */
export function escalationText(
  role: Role,
  asked: Message,
  { call, result, why, remedy }: Escalated,
): Redacted {
  const excerpt = rewrite(result.stderr || result.stdout, (text) => text.trim().slice(0, 1_200));
  const address = role === COORDINATOR ? redacted`` : redacted`@${COORDINATOR} `;
  const lines = [
    redacted`${address}Escalation: ${call.tool} on ${call.target} ${why}, so I stopped.`,
    redacted`Last result: ${result.kind}, exit ${result.exitCode ?? "none"}.`,
    remedy ?? fenced(excerpt),
    redacted`It was about this request of ${asked.sender}:`,
    fenced(sliceRedacted(asked.content, 0, 600)),
    redacted`Please decide how to go on: another approach, a missing fact, or a question to the operator.`,
  ];
  return joinRedacted(lines, "\n");
}

/** In a fence that nothing in the text can close. */
export function fenced(text: Redacted): Redacted {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = ours("`".repeat(longest + 1));
  return redacted`${fence}text\n${text}\n${fence}`;
}

/** For whoever asked. */
export function exhaustedText(
  { role, maxSteps }: { role: Role; maxSteps: number },
  message: Message,
): Redacted {
  const address =
    message.sender === "User" || message.sender === role ? redacted`` : redacted`@${message.sender} `;
  return redacted`${address}I ran out of steps (${maxSteps}) before I could finish this. What is done so far is in my execution log; ask me to go on, or for something smaller.`;
}
