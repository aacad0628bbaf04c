/** run_shell: a command line for bash in the sandbox; for a role with "audit" access one that can change nothing. */
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { findBypass } from "../governance/bypass.ts";
import { classifyShell } from "../governance/effects.ts";
import type { CommandResult } from "../host/commands/command.ts";
import { redacted } from "../redact/redacted.ts";
import { toToolResult, withTimeHint } from "./command-result.ts";
import { defineTool, type ToolContext, type ToolResult, UNTOLD } from "./tool.ts";

const command = z.string().min(1).max(30_000);
const cwd = z.string().default("/app/infra");
const timeout_s = z
  .int()
  .min(1)
  .max(3_600)
  .default(120)
  .meta({ [UNTOLD]: true });

export const runShell = defineTool({
  name: "run_shell",
  description: "Run bash in the workspace, without a network.",
  input: z.strictObject({
    command,
    cwd,
    timeout_s,
  }),
  example: { command: "ls -la", cwd: "/app/config" },
  looking: {
    description: "Look at the workspace with bash: nothing can be written, no network.",
  },
  effect: ({ command }) => (classifyShell(command).effect === "read" ? "read" : "workspace"), // it has no network
  audit: () => undefined, // its sandbox is read-only then, whatever the line says
  target: ({ command }) => command.trim().split(/\s+/, 1)[0] ?? "",
  async run({ command, cwd, timeout_s }, context) {
    refuseBypass(command);
    const { processes, access, call } = context;
    const result = await processes.run({
      argv: ["bash", "-o", "pipefail", "-c", command],
      cwd,
      timeoutMs: timeout_s * 1_000,
      callId: call.id,
      isolation: access === "full" ? "workspace" : "read-only",
      signal: call.signal,
    });
    return show(result, cwd, context);
  },
  async adopt({ cwd }, context) {
    const result = await context.processes.adopt(context.call.id, context.call);
    return result && show(result, cwd, context);
  },
});

function show(result: CommandResult, cwd: string, context: ToolContext): ToolResult {
  const shown = withTimeHint(toToolResult(result, context));
  return { ...shown, stdout: redacted`[cwd ${context.redactor(cwd)}]\n${shown.stdout}` };
}

function refuseBypass(command: string): void {
  const bypass = findBypass(command);
  if (!bypass) return;
  const { program, tool } = bypass;
  if (program === "ansible-galaxy")
    throw new AppError(
      "not_allowed",
      "Collections and roles are not fetched: those that are here are listed by run_ansible with command doc, and roles are " +
        "written under /app/config/roles. What is missing, report.",
    );
  throw new AppError("not_allowed", `run_shell does not run ${program}: use ${tool}, or ask who has it.`);
}
