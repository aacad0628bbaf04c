/** run_ssh: a command line for bash on a node of the inventory, over the agent's own connection. */
import { z } from "zod";
import { classifyShell } from "../governance/effects.ts";
import { redacted } from "../redact/redacted.ts";
import { joinLines, toToolResult } from "./command-result.ts";
import { defineTool, type ToolResult } from "./tool.ts";

const LOST = redacted`The connection broke, or the end of the command was not confirmed: whether it took effect, or still runs, is unknown; its end is tried again until the node confirms it. Inspect the node before you repeat it.`;
const ENDED = redacted`UNKNOWN: inspect before you repeat. The agent or its connection was interrupted while this ran; what was left of it on the node was ended.`;

export const runSsh = defineTool({
  name: "run_ssh",
  description:
    "Run a command line with bash (pipefail on, no standard input) on a node of the inventory, as its SSH user. " +
    "On timeout everything that it started there is ended.",
  input: z.strictObject({
    host: z.string().min(1).max(64).describe("Name of a node, as in the inventory; not an address."),
    command: z.string().min(1).max(16_000),
    timeout_s: z.int().min(1).max(3_600).default(120),
  }),
  effect: ({ command }) => classifyShell(command).effect,
  audit: ({ command }) => whyNotReading(command),
  target: ({ host }) => host,
  async run({ host, command, timeout_s }, { nodes, call, ...sinks }): Promise<ToolResult> {
    const result = await nodes.exec(host, command, { timeoutMs: timeout_s * 1_000, call });
    const shown = toToolResult(result, sinks);
    if (result.kind !== "lost") return shown;
    return { ...shown, stderr: joinLines([shown.stderr, result.isLeft ? LOST : ENDED]) };
  },
  /** Its connection went with the agent, and with that its outcome. Nobody would end it later. */
  async adopt({ host }, { nodes, call }) {
    const stderr = (await nodes.end(host, call.id)) ? ENDED : LOST;
    return { kind: "unknown", exitCode: null, stdout: redacted``, stderr, truncated: false, artifact: null };
  },
});

function whyNotReading(command: string): string | undefined {
  const found = classifyShell(command);
  if (found.effect === "read") return undefined;
  const { part, reason, remedy } = found;
  return (
    `With run_ssh you only look, and this line is not certain to change nothing: \`${part}\` ${reason}. ${remedy} ` +
    "What has to be changed, report: DevOps_Builder does it."
  );
}
