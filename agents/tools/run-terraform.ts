/**
 * run_terraform: a closed set of commands on one module. What changes the cluster runs a saved plan, named by
 * the digest of its bytes, and nothing else.
 */
import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { z } from "zod";
import type { CommandResult } from "../host/process.ts";
import { toToolResult } from "./command-result.ts";
import { type RunFolder, type SshAccess, withRunFolder, withSshAgent } from "./run-folder.ts";
import { type Module, openModule, TERRAFORM_CONFIG } from "./terraform-module.ts";
import { claimPlan, findPlan, keepPlan, planFolder, summarisePlan } from "./terraform-plan.ts";
import { defineTool, type ToolContext, type ToolResult } from "./tool.ts";

const COMMANDS = ["init", "validate", "plan", "apply", "destroy", "show", "output", "state_list"] as const;

const input = z
  .strictObject({
    command: z.enum(COMMANDS),
    dir: z.string().min(1).describe("Full path of the module, e.g. /app/infra/web."),
    plan: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'the 64 hex digits that a plan ends with ("Plan digest: ...")')
      .optional()
      .describe("For apply and destroy: the digest that plan printed. For show: the plan to look at."),
    destroy: z.boolean().optional().describe("For plan: plan to destroy everything."),
    timeout_s: z.int().min(1).max(3_600).default(900),
  })
  .superRefine(({ command, plan, destroy }, { addIssue }) => {
    const problem = (path: string, message: string) => addIssue({ code: "custom", path: [path], message });
    const needsPlan = command === "apply" || command === "destroy";
    if (needsPlan && !plan)
      problem("plan", `${command} runs a saved plan: run plan first and give its digest`);
    if (plan && !needsPlan && command !== "show") problem("plan", `${command} does not take a plan`);
    if (destroy !== undefined && command !== "plan") problem("destroy", "goes with command plan only");
  });

type Input = z.infer<typeof input>;
type Run = { module: Module; folder: RunFolder; ssh: SshAccess; context: ToolContext; timeoutMs: number };

/** STOP allows a second in all: Terraform gets this long to write its state, then it is killed. */
const GRACE_MS = 700;
const INTERRUPTED =
  "Terraform was interrupted. What it had begun may be half done, and a script on a node may still run: look " +
  "(show, run_ssh) before you plan again.";

export const runTerraform = defineTool({
  name: "run_terraform",
  description:
    "Run Terraform on a module: init, validate, plan (saves the plan and prints its digest), apply or destroy " +
    "(runs exactly the saved plan with that digest, once), show, output, state_list. No prompts.",
  input,
  effect: ({ command }) => {
    if (command === "apply" || command === "destroy") return "infrastructure";
    return command === "init" || command === "plan" ? "workspace" : "read";
  },
  target: ({ dir }) => posix.normalize(dir),
  async run(args, context) {
    const module = await openModule(context.workspace, args.dir);
    return await withRunFolder(context, { "terraform.rc": TERRAFORM_CONFIG }, (folder) => {
      const start = (ssh: SshAccess) =>
        runCommand(args, { module, folder, ssh, context, timeoutMs: args.timeout_s * 1_000 });
      const needsSsh = ["plan", "apply", "destroy"].includes(args.command);
      return needsSsh ? withSshAgent(context, start) : start({ env: {}, sockets: [] });
    });
  },
});

async function runCommand(args: Input, run: Run): Promise<ToolResult> {
  const { command, plan = "" } = args;
  switch (command) {
    case "init":
      return await simple(run, ["init", "-input=false", "-no-color", "-upgrade=false"]);
    case "validate":
    case "output":
      return await simple(run, [command, "-no-color"]);
    case "state_list":
      return await simple(run, ["state", "list"]);
    case "show": {
      const file = plan && (await findPlan(await planFolder(run.context.workspace, run.module), plan));
      return await simple(run, ["show", "-no-color", ...(file ? [file] : [])]);
    }
    case "plan":
      return await makePlan(run, args.destroy === true);
    case "apply":
    case "destroy":
      return await applyPlan(run, plan, command === "destroy");
    default:
      return command satisfies never;
  }
}

async function simple(run: Run, args: readonly string[]): Promise<ToolResult> {
  return toToolResult(await terraform(run, args), run.context);
}

async function makePlan(run: Run, isDestroy: boolean): Promise<ToolResult> {
  const { context, module } = run;
  const folder = await planFolder(context.workspace, module);
  const name = `new-${context.callId}.tfplan`;
  const mode = isDestroy ? ["-destroy"] : [];
  const planned = await terraform(run, [
    "plan",
    "-input=false",
    "-no-color",
    ...mode,
    `-out=${folder.visible}/${name}`,
  ]);
  const result = toToolResult(planned, context);
  if (result.kind !== "ok") return result;
  const summary = await summarise(run, `${folder.visible}/${name}`);
  if ("kind" in summary) return toToolResult(summary, context);
  const digest = await keepPlan(folder, name, isDestroy);
  const lines = [result.stdout.trimEnd(), "", context.redactor(summary.text), `Plan digest: ${digest}`];
  return { ...result, stdout: lines.join("\n") };
}

/** The JSON holds values in the clear: it goes into the run's own folder, never into an output. */
async function summarise(run: Run, file: string): Promise<CommandResult | { text: string }> {
  const script = 'terraform show -json "$1" > "$2"';
  const shown = await terraform(
    run,
    [file, `${run.folder.visible}/plan.json`],
    ["bash", "-c", script, "bash"],
  );
  if (shown.kind !== "exited" || shown.exitCode !== 0) return shown;
  return { text: summarisePlan(await readFile(join(run.folder.real, "plan.json"), "utf8")) };
}

async function applyPlan(run: Run, digest: string, isDestroy: boolean): Promise<ToolResult> {
  const folder = await planFolder(run.context.workspace, run.module);
  run.context.signal.throwIfAborted();
  const file = await claimPlan(folder, digest, isDestroy);
  const result = await simple(run, ["apply", "-input=false", "-no-color", file]);
  if (result.kind !== "cancelled" && result.kind !== "timeout") return result;
  return { ...result, stderr: [result.stderr, INTERRUPTED].filter(Boolean).join("\n") };
}

async function terraform(
  { module, folder, ssh, context, timeoutMs }: Run,
  args: readonly string[],
  program: readonly [string, ...string[]] = ["terraform"],
): Promise<CommandResult> {
  const variables = Object.entries(context.env).filter(([name]) => name.startsWith("TF_VAR_"));
  return await context.processes.run({
    argv: [...program, ...args],
    cwd: module.visible,
    env: {
      ...Object.fromEntries(variables.map(([name, value]) => [name, value ?? ""])),
      ...ssh.env,
      CHECKPOINT_DISABLE: "1",
      TF_IN_AUTOMATION: "1",
      TF_CLI_CONFIG_FILE: `${folder.visible}/terraform.rc`,
    },
    timeoutMs,
    callId: context.callId,
    isolation: "workspace",
    sockets: ssh.sockets,
    stopSignal: "SIGINT",
    graceMs: GRACE_MS,
    signal: context.signal,
  });
}
