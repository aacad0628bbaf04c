/**
 * The rule that nothing leaves a process past redaction, as a function over sources. The compiler holds the channel, the
 * journal, the model, the console and the execution log to it: they take the type that a redactor makes. What is left
 * for a look at the sources: who calls a text redacted without a redactor, and who writes to files and streams at all.
 */
import { type Sources, withoutComments } from "./import-rule.ts";

const OUTPUT =
  /\bprocess\.std(?:out|err)\b|\bconsole\.\w+\(|\b(?:write|append)File(?:Sync)?\(|\bcreateWriteStream\(|\.write\(/;
/** Also by a rewriting that does not look at the text. */
const CLAIM = /\bas Redacted\b|\brewrite\(\w+, \(\) =>/;
const OWN_WORDS = /\b(?:ours|fromRedactedParts)\(/;

/** Who writes, and why that is no way past a redactor. */
const SINKS: Readonly<Record<string, string>> = {
  "agents/main.ts": "redacts what it says at last",
  "agents/base/team-secrets.ts": "the secrets themselves, for this user alone",
  "agents/redact/log.ts": "redacts each line",
  "agents/runtime/execution-log.ts": "takes redacted text",
  "agents/redact/redact-stream.ts": "gives what it has redacted to its caller",
  "agents/host/commands/capture.ts": "RedactingStream has the redactor",
  "agents/host/commands/spool.ts": "gets what capture.ts has redacted, and text of that type",
  "agents/host/files/files.ts": "what a model writes, who was shown no secret",
  "agents/host/commands/call-folder.ts": "the runner and the input of a command, for this user alone",
  "agents/host/nodes/known-nodes.ts": "public keys of nodes",
  "agents/host/nodes/ssh-agent.ts": "signatures, to a command of ours",
  "agents/runtime/wiring.ts": "an empty file",
  "agents/bus/redis-store.ts": "to Redis, its password",
  "agents/runtime/readiness.ts": "a process id",
  "agents/runtime/session-documents.ts": "the name of a session",
  "agents/tools/run-folder.ts": "the input of a command",
  "agents/tools/terraform-plan.ts": "the time",
  "agents/tools/terraform-place.ts": "a state, to where no tool looks",
  "agents/tools/terraform-review.ts": "what command-result.ts and a redactor gave",
  "client/console.ts": "redacts what it says at last",
  "client/transcript.ts": "takes entries, which hold redacted text",
  "client/view.ts": "takes entries, which hold redacted text",
  "client/terminal-session.ts": "a question to the terminal, always the same",
  "client/terminal-view.ts": "takes entries, which hold redacted text",
  "client/input-history.ts": "terminal-session.ts redacts what is kept",
};

/** Who may put the program's own words, or parts of redacted texts, where redacted text belongs. */
const AUTHORS: Readonly<Record<string, string>> = {
  "agents/tools/terraform-review.ts": "a file that capture.ts has redacted",
  "agents/host/commands/capture.ts": "bytes of a redacted stream, divided and joined",
  "agents/host/commands/command-runner.ts": "the name of a program that a tool starts",
  "agents/protocol/budget.ts": "numbers",
  "agents/runtime/audit-calls.ts": "ids, digests and outcomes",
  "agents/protocol/posted-change.ts": "a digest, checked where it enters",
  "agents/runtime/approval-words.ts":
    "what the risk of a change is, in words of its own; names out of it, REDACT",
  "agents/runtime/change-ruling.ts": "names of grantors",
  "agents/runtime/run-call.ts": "digests and ids of grants",
  "agents/tools/show-change.ts": "a digest, checked where it enters",
  "agents/runtime/call-report.ts": "names of arguments; a command that is redacted, of a call",
  "agents/runtime/escalation.ts": "a fence",
  "agents/runtime/done-request.ts": "times and digests",
  "agents/runtime/turn.ts": "the id of a mission",
  "agents/runtime/execution-log.ts": "times; arguments that are redacted, as JSON",
  "agents/runtime/facts.ts": "times",
  "agents/runtime/talk-brake.ts": "dots",
  "agents/runtime/span-attributes.ts": "ids, checked where they enter",
  "agents/runtime/telemetry.ts": "arguments that are redacted, as JSON",
  "agents/runtime/interruptions.ts": "ids, checked where they enter, and keys of a journal",
  "agents/runtime/open-turn.ts": "ids, times and sessions, checked where they enter",
  "agents/runtime/final-reply.ts": "names out of the reply, which is redacted",
  "agents/runtime/tool-call.ts": "names of tools",
  "agents/tools/append-file.ts": "a number",
  "agents/tools/command-result.ts": "a file that we named; a signal",
  "agents/tools/edit-file.ts": "a number",
  "agents/tools/fetch-webpage.ts": "a file that we named; a random border",
  "agents/tools/read-file.ts": "a number",
  "agents/tools/terraform-look.ts": "the place of a review, by the digest that was asked for",
  "agents/tools/ansible-end.ts": "names of nodes, from the settings",
  "agents/tools/run-terraform.ts": "a digest",
  "agents/tools/workspace-file.ts": "a number and a digest",
  "client/call-entry.ts": "seconds",
  "client/forecast.ts": "numbers",
  "client/draft.ts": "names out of the text, which is redacted",
  "client/entry.ts": "names of roles; a session, checked where it enters",
  "client/greeting.ts": "a session, checked where it enters",
  "client/mission.ts": "verdicts, digests; parts of the mission, which is redacted",
  "client/local-commands.ts": "a session, checked where it enters",
  "client/team-state.ts": "names of roles",
  "client/waits.ts": "a time of day",
  "client/team.ts": "a table and a row of what is redacted",
};

const SCOPE = /^(?:agents\/(?!bus\/|testing\/)|client\/(?!testing\/))/;

/** Sentences that name what breaks the rule; none when all is well. Wire and store (agents/bus) carry what others say. */
export function unredactedOutput(sources: Sources): string[] {
  return [...sources].flatMap(([file, source]) => {
    if (!SCOPE.test(file) || file.endsWith(".test.ts")) return [];
    const code = withoutComments(source);
    const [output] = OUTPUT.exec(code) ?? [];
    const found: string[] = [];
    if (output !== undefined && !SINKS[file]) found.push(`${file} writes (${output}) and is no sink`);
    if (file.startsWith("agents/redact/")) return found;
    if (CLAIM.test(code)) found.push(`${file} calls a text redacted by a cast`);
    if (OWN_WORDS.test(code) && !AUTHORS[file])
      found.push(`${file} calls words its own, and is not on the list`);
    return found;
  });
}
