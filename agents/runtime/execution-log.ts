/**
 * docs/execution_log_<Role>.md: an entry per tool call at its start and at its end, for people with
 * `tail -f`. Nothing in an entry can close its fence or pretend to be another entry.
 */
import { appendFileSync, constants } from "node:fs";
import { join } from "node:path";
import { escapeActive } from "../base/active-characters.ts";
import type { Role } from "../protocol/roles.ts";
import type { Logger } from "../redact/log.ts";
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
import { fenced } from "./escalation.ts";
import type { ToolCall, TurnEvent, TurnListener } from "./events.ts";

/** Longer arguments and results are cut here; the full output is in the file that the result names. */
const MAX_LOGGED_CHARS = 8_000;

/** Never through a link: a command could have planted one. */
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
const APPEND = { flag: (O_APPEND | O_CREAT | O_NOFOLLOW | O_WRONLY) as never, mode: 0o644 };

export function executionLogFile(docsDirectory: string, role: Role): string {
  return join(docsDirectory, `execution_log_${role}.md`);
}

/** Written at once: an entry is small, and another thread would cost more than the writing. */
export function createExecutionLog(file: string, log: Logger): TurnListener {
  const write = (text: Redacted) => {
    try {
      appendFileSync(file, escapeActive(text), APPEND);
    } catch (error) {
      log.error({ err: error }, "the execution log cannot be written");
    }
  };
  write(redacted`\n# ${now()} the agent starts\n`);
  return (event) => {
    const text = entry(event);
    if (text) write(text);
  };
}

function entry(event: TurnEvent): Redacted | undefined {
  const shown = (text: Redacted) => block(cut(text));
  const title = ({ id, tool, target }: ToolCall) => redacted`${id} ${oneLine(tool)} ${oneLine(target)}`;
  switch (event.kind) {
    case "turn_started":
      return redacted`\n## ${now()} turn about a message of ${event.message.sender}\n\n${shown(event.message.content)}\n`;
    case "tool_started":
      return redacted`\n### ${now()} ${title(event.call)}: started\n\n${shown(asJson(event.call.args))}\n`;
    case "tool_ended":
      return redacted`\n### ${now()} ${title(event.call)}: ${outcome(event.result)}, ${seconds(event.durationMs)} s\n\n${shown(output(event.result))}\n`;
    case "turn_ended":
      return redacted`\n## ${now()} turn ended: ${event.status}${event.detail ? redacted`, ${oneLine(event.detail)}` : ""}\n`;
    default:
      return undefined;
  }
}

function outcome(result: ToolResult): Redacted {
  return result.exitCode === null
    ? redacted`${result.kind}`
    : redacted`${result.kind}, exit ${result.exitCode}`;
}

function output({ stdout, stderr, artifact }: ToolResult): Redacted {
  const [out, err] = [stdout, stderr].map((text) => rewrite(text, (it) => it.trimEnd()));
  const parts = [
    out,
    err && redacted`--- stderr ---\n${err}`,
    artifact && redacted`full output: ${artifact}`,
  ].flatMap((part) => part || []);
  return joinRedacted(parts, "\n") || redacted`(no output)`;
}

/** Fenced for readers of markdown, indented for readers of the file: no line of it begins where entries begin. */
function block(text: Redacted): Redacted {
  return fenced(rewrite(text, (it) => it.replace(/^/gm, "  ")));
}

/** Line breaks stay for people: one field a line. */
function asJson(args: RedactedJson): Redacted {
  return fromRedactedParts(JSON.stringify(args, null, 2));
}

function cut(text: Redacted): Redacted {
  if (text.length <= MAX_LOGGED_CHARS) return text;
  return redacted`${sliceRedacted(text, 0, MAX_LOGGED_CHARS)}\n[... cut in this log]`;
}

/** In a heading nothing but a heading: no line breaks, no control characters. */
function oneLine(text: Redacted): Redacted {
  return rewrite(text, (it) => it.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").slice(0, 120));
}

function seconds(ms: number): Redacted {
  return ours((ms / 1_000).toFixed(1));
}

function now(): Redacted {
  return ours(new Date().toISOString());
}
