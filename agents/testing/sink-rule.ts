/**
 * The rule that nothing leaves a process past redaction, as a function over sources: only the files named here write to
 * files, streams, the channel or a journal, and each calls a redactor or has a reason why it need not.
 */
import { type Sources, withoutComments } from "./import-rule.ts";

const OUTPUT =
  /\bprocess\.std(?:out|err)\b|\bconsole\.\w+\(|\b(?:write|append)File(?:Sync)?\(|\bcreateWriteStream\(|\.write\(|\bbus\.(?:show|send)\(|\bjournal\.(?:note|finish|cancel|bury)\(/;
const REDACTS = /\bredact(?:or)?\(|\bredactor\.find\(|\bwithoutSecrets\(/;

/** `true`: it redacts what it writes. Otherwise the reason. */
const SINKS: Readonly<Record<string, true | string>> = {
  "agents/main.ts": true,
  "agents/base/team-secrets.ts": "the secrets themselves, for this user alone",
  "agents/redact/log.ts": true,
  "agents/runtime/agent.ts": true,
  "agents/runtime/turn.ts": true,
  "agents/runtime/activity.ts": true,
  "agents/runtime/listeners.ts": true,
  "agents/runtime/execution-log.ts": true,
  "agents/tools/fetch-webpage.ts": true,
  "agents/host/commands/capture.ts": "RedactingStream has the redactor",
  "agents/host/commands/spool.ts": "gets what capture.ts and fetch-webpage.ts have redacted",
  "agents/host/files/files.ts": "what a model writes, who was shown no secret",
  "agents/host/commands/call-folder.ts": "the runner and the input of a command, for this user alone",
  "agents/host/nodes/known-nodes.ts": "public keys of nodes",
  "agents/host/nodes/ssh-agent.ts": "signatures, to a command of ours",
  "agents/runtime/wiring.ts": "an empty file",
  "agents/runtime/redis-ping.ts": "to Redis, its password",
  "agents/runtime/readiness.ts": "a process id",
  "agents/tools/run-folder.ts": "the input of a command",
  "agents/tools/terraform-plan.ts": "the time",
  "client/console.ts": true,
  "client/terminal-session.ts": true,
  "client/conversation.ts": true,
  "client/entry.ts": true,
  "client/transcript.ts": "entries hold no known secret (entry.ts)",
  "client/view.ts": "entries hold no known secret (entry.ts)",
  "client/terminal-view.ts": "entries hold no known secret (entry.ts)",
  "client/input-history.ts": "terminal-session.ts redacts what is kept",
  "client/outbox.ts": "the operator's own words",
};

const SCOPE = /^(?:agents\/(?!bus\/|testing\/)|client\/(?!testing\/))/;

/** Sentences that name what breaks the rule; none when all is well. Wire and store (agents/bus) carry what others say. */
export function unredactedOutput(sources: Sources): string[] {
  return [...sources].flatMap(([file, source]) => {
    if (!SCOPE.test(file) || file.endsWith(".test.ts")) return [];
    const code = withoutComments(source);
    const [output] = OUTPUT.exec(code) ?? [];
    const sink = SINKS[file];
    if (output !== undefined && sink === undefined) return [`${file} writes (${output}) and is no sink`];
    if (sink === true && !REDACTS.test(code)) return [`${file} writes and calls no redactor`];
    return [];
  });
}
