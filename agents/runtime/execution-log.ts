/**
 * docs/execution_log_<Role>.md: an entry per tool call at its start and at its end, for people with
 * `tail -f`. Redacted; nothing in an entry can close its fence or pretend to be another entry.
 */
import { constants } from "node:fs";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { escapeActive } from "../base/active-characters.ts";
import type { Role } from "../protocol/roles.ts";
import type { Logger } from "../redact/log.ts";
import type { Redactor } from "../redact/redact.ts";
import type { ToolResult } from "../tools/tool.ts";
import { fenced } from "./escalation.ts";
import type { ToolCall, TurnEvent, TurnListener } from "./events.ts";

/** Longer arguments and results are cut here; the full output is in the file that the result names. */
const MAX_LOGGED_CHARS = 8_000;

/** Never through a link: a command could have planted one. */
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
const APPEND = { flag: (O_APPEND | O_CREAT | O_NOFOLLOW | O_WRONLY) as never, mode: 0o644 };

export type ExecutionLog = {
  listener: TurnListener;
  /** Everything is written when this resolves. */
  flush(): Promise<void>;
};

export function executionLogFile(docsDirectory: string, role: Role): string {
  return join(docsDirectory, `execution_log_${role}.md`);
}

export function createExecutionLog(file: string, redactor: Redactor, log: Logger): ExecutionLog {
  let writing: Promise<void> = Promise.resolve();
  const write = (text: string) => {
    writing = writing
      .then(() => appendFile(file, escapeActive(redactor(text)), APPEND))
      .catch((error: unknown) => log.error({ err: error }, "the execution log cannot be written"));
  };
  write(`\n# ${now()} the agent starts\n`);
  return {
    listener: (event) => {
      const text = entry(event, redactor);
      if (text) write(text);
    },
    flush: () => writing,
  };
}

function entry(event: TurnEvent, redactor: Redactor): string | undefined {
  const shown = (text: string | undefined) => block(cut(redactor(text ?? ""))); // a cut could divide a secret
  const title = ({ id, tool, target }: ToolCall) =>
    `${id} ${oneLine(redactor(tool))} ${oneLine(redactor(target))}`;
  switch (event.kind) {
    case "turn_started":
      return `\n## ${now()} turn about a message of ${event.message.sender}\n\n${shown(event.message.content)}\n`;
    case "tool_started":
      return `\n### ${now()} ${title(event.call)}: started\n\n${shown(JSON.stringify(event.call.args, null, 2))}\n`;
    case "tool_ended":
      return `\n### ${now()} ${title(event.call)}: ${outcome(event.result)}, ${seconds(event.durationMs)} s\n\n${shown(output(event.result))}\n`;
    case "turn_ended":
      return `\n## ${now()} turn ended: ${oneLine(event.status)}${event.detail ? `, ${oneLine(event.detail)}` : ""}\n`;
    default:
      return undefined;
  }
}

function outcome(result: ToolResult): string {
  return result.exitCode === null ? result.kind : `${result.kind}, exit ${result.exitCode}`;
}

function output({ stdout, stderr, artifact }: ToolResult): string {
  const parts = [stdout.trimEnd(), stderr.trim() && `--- stderr ---\n${stderr.trimEnd()}`];
  return [...parts, artifact && `full output: ${artifact}`].filter(Boolean).join("\n") || "(no output)";
}

/** Fenced for readers of markdown, indented for readers of the file: no line of it begins where entries begin. */
function block(text: string): string {
  return fenced(text.replace(/^/gm, "  "));
}

function cut(text: string): string {
  return text.length <= MAX_LOGGED_CHARS ? text : `${text.slice(0, MAX_LOGGED_CHARS)}\n[... cut in this log]`;
}

/** In a heading nothing but a heading: no line breaks, no control characters. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").slice(0, 120);
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

function now(): string {
  return new Date().toISOString();
}
