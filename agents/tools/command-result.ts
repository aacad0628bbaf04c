/** From how a command ended to what the model reads, cut. Exit codes decide, never the text. */
import { basename } from "node:path";
import type { Artifacts } from "../base/truncate.ts";
import type { CapturedOutput, CommandResult } from "../host/commands/command.ts";
import type { RemoteResult } from "../host/nodes/ssh.ts";
import { cutRedacted, joinRedacted, ours, type Redacted, redacted } from "../redact/redacted.ts";
import type { ToolResult } from "./tool.ts";

type Sinks = { artifacts: Artifacts };

/** The result of a local or a remote command. `artifact` is the file of stdout, else of stderr. */
export function toToolResult(result: CommandResult | RemoteResult, sinks: Sinks): ToolResult {
  const stdout = show(result.stdout, sinks);
  const stderr = show(result.stderr, sinks);
  return {
    kind: kindOf(result),
    exitCode: result.exitCode,
    stdout: stdout.text,
    stderr: withSignal(stderr.text, result),
    truncated: stdout.truncated || stderr.truncated,
    artifact: stdout.file ?? stderr.file,
  };
}

/** A result without a process: a file was written, a page was read. */
export function okResult(stdout: Redacted): ToolResult {
  return { kind: "ok", exitCode: null, stdout, stderr: redacted``, truncated: false, artifact: null };
}

const MORE_TIME = redacted`Its time was up: timeout_s, in seconds and at most 3600, gives it more.`;

/** For a tool that takes a time limit and does not offer it: told when it has run out. */
export function withTimeHint(result: ToolResult): ToolResult {
  if (result.kind !== "timeout") return result;
  return { ...result, stderr: joinLines([result.stderr, MORE_TIME]) };
}

/** Those that say something, one below the other. */
export function joinLines(texts: readonly Redacted[]): Redacted {
  return joinRedacted(texts.filter(Boolean), "\n");
}

function kindOf({ kind, exitCode }: CommandResult | RemoteResult): ToolResult["kind"] {
  switch (kind) {
    case "exited":
      return exitCode === 0 ? "ok" : "failed";
    case "not-started":
    case "not-begun":
      return "failed";
    case "lost":
      return "unknown";
    case "timeout":
    case "cancelled":
      return kind;
    default:
      return kind satisfies never;
  }
}

function show(output: CapturedOutput, { artifacts }: Sinks) {
  const file = output.file === null ? null : ours(`${artifacts.visibleDirectory}/${basename(output.file)}`);
  const cut = cutRedacted(output.text, { totalBytes: output.totalBytes, fullText: file });
  return { text: cut.text, truncated: output.truncated || cut.truncated, file };
}

function withSignal(stderr: Redacted, { signalName }: CommandResult | RemoteResult): Redacted {
  return signalName === null
    ? stderr
    : redacted`${stderr}${stderr ? "\n" : ""}[ended by ${ours(signalName)}]`;
}
