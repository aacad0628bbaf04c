/** run_ssh: a command line for bash on a host, a node or a guest, over the agent's own connection or a login made for it. */
import { z } from "zod";
import { AppError, isAppError } from "../base/errors.ts";
import { classifyShell } from "../governance/effects.ts";
import { changeOfLine } from "../governance/shell-change.ts";
import type { RemoteResult } from "../host/nodes/ssh.ts";
import { joinRedacted, type Redacted, redacted } from "../redact/redacted.ts";
import { joinLines, toToolResult } from "./command-result.ts";
import { identityLines, identityOf, propose } from "./proposal.ts";
import { defineTool, type ToolContext, type ToolResult } from "./tool.ts";

const LOST = redacted`The connection broke, or the end of the command was not confirmed: whether it took effect, or still runs, is unknown; its end is tried again until the node confirms it. Inspect the node before you repeat it.`;
const ENDED = redacted`UNKNOWN: inspect before you repeat. The agent or its connection was interrupted while this ran; what was left of it on the node was ended.`;
const REPLACED = redacted`The command did not run: the login was taken, and something else ran in its place. Look for a ForceCommand in the node's sshd settings, a command= in its authorized_keys, or an exit in a start-up file of the user (.bashrc).`;
const KEPT =
  "No new login works, and one is made after each change that logins may depend on. The connection from before the " +
  "change is still open: fresh: false uses it. Repair the login before you do anything else.";

const host = z.string().min(1).max(64);
const command = z.string().min(1).max(16_000);
const timeout_s = z.int().min(1).max(3_600).default(120);

export const runSsh = defineTool({
  name: "run_ssh",
  description:
    'Run bash on a node or guest; it fails when any part fails. "new login" in the result proves that one works.',
  input: z.strictObject({
    host,
    command,
    fresh: z.boolean().optional().describe("true: a new login. false: the open one, to repair logins."),
    timeout_s,
  }),
  example: { host: "pve1", command: "pveversion" },
  looking: {
    description:
      "Look at a node or guest with bash, over a new login. Every part must be certain to change nothing; it fails when any part fails.",
    input: z.strictObject({ host, command, timeout_s }),
  },
  effect: ({ command }) => classifyShell(command).effect,
  audit: ({ command }) => whyNotReading(command),
  target: ({ host }) => host,
  async propose({ host, command }, context) {
    const { redactor } = context;
    const hosts = [await identityOf(context, host)];
    return propose(
      {
        named: ["run_ssh", host, hosts, command],
        change: changeOfLine(command, host),
        title: redactor(`run_ssh ${host}\n${identityLines(hosts)}`),
        content: redactor(command),
      },
      context,
    );
  },
  async run({ host, command, fresh, timeout_s }, context): Promise<ToolResult> {
    const { nodes, call, access } = context;
    const login = access === "audit" || fresh ? "fresh" : fresh === false ? "kept" : "any";
    const options = { timeoutMs: timeout_s * 1_000, call, login } as const;
    try {
      return conclude(await nodes.exec(host, command, options), context);
    } catch (error) {
      if (login !== "any" || !isAppError(error, "unavailable") || !nodes.isOpen(host)) throw error;
      throw new AppError("unavailable", `${error.message}\n${KEPT}`, { cause: error });
    } finally {
      if (classifyShell(command).effect !== "read") nodes.suspect(host);
    }
  },
  /** Its connection went with the agent, and with that its outcome. Nobody would end it later. */
  async adopt({ host }, { nodes, call }) {
    const stderr = (await nodes.end(host, call.id)) ? ENDED : LOST;
    return { kind: "unknown", exitCode: null, stdout: redacted``, stderr, truncated: false, artifact: null };
  },
});

function conclude(result: RemoteResult, sinks: ToolContext): ToolResult {
  const shown = toToolResult(result, sinks);
  const parts = unseenParts(result);
  const isHidden = shown.kind === "ok" && parts.length > 0;
  return {
    ...shown,
    kind: isHidden ? "failed" : shown.kind,
    ...(result.login && { way: result.login === "new" ? redacted`new login` : redacted`earlier login` }),
    stderr: joinLines([shown.stderr, ...parts, ...remarks(result)]),
  };
}

function remarks({ kind, isLeft }: RemoteResult): Redacted[] {
  if (kind === "not-begun") return [REPLACED];
  return kind === "lost" ? [isLeft ? LOST : ENDED] : [];
}

/** Not the last one, whose exit code is that of the line. */
function unseenParts({ failedParts, exitCode, kind }: RemoteResult): Redacted[] {
  const last = failedParts.at(-1);
  const isSeen = kind === "exited" && exitCode !== 0 && last?.exitCode === exitCode;
  const unseen = isSeen ? failedParts.slice(0, -1) : failedParts;
  const lines = unseen.map(({ exitCode: code, stages, text }) =>
    stages === undefined
      ? redacted`- exit ${code}: ${text}`
      : redacted`- exit ${code}: the pipe that ends with: ${text} (its stages: ${stages})`,
  );
  if (lines.length === 0) return [];
  return [joinRedacted([redacted`These parts of the line failed, and it went on:`, ...lines], "\n")];
}

function whyNotReading(command: string): string | undefined {
  const found = classifyShell(command);
  if (found.effect === "read") return undefined;
  const { part, reason, remedy } = found;
  return (
    `With run_ssh you only look, and this line is not certain to change nothing: \`${part}\` ${reason}. ${remedy} ` +
    "What has to be changed, report: DevOps_Builder does it."
  );
}
