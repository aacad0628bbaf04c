/**
 * run_terraform: a closed set of commands on one module. What changes the cluster runs a saved plan, named by
 * the digest of its bytes, and nothing else.
 */
import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { z } from "zod";
import type { CommandResult } from "../host/commands/command.ts";
import { ours, type Redacted, redacted, rewrite } from "../redact/redacted.ts";
import { joinLines, toToolResult } from "./command-result.ts";
import {
  NO_SSH,
  type RunFolder,
  type SshAccess,
  withEarlierRunFolder,
  withRunFolder,
  withSshAgent,
} from "./run-folder.ts";
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
type Run = { args: Input; module: Module; folder: RunFolder; ssh: SshAccess; context: ToolContext };

/** STOP allows a second in all: Terraform gets this long to write its state, then it is killed. */
const GRACE_MS = 700;
const INTERRUPTED = redacted`Terraform was interrupted. What it had begun may be half done, and a script on a node may still run: look (show, run_ssh) before you plan again.`;

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
      const start = async (ssh: SshAccess) => {
        const run = { args, module, folder, ssh, context };
        return await conclude(run, await terraform(run, { args: await commandLine(run) }));
      };
      const needsSsh = args.command === "apply" || args.command === "destroy";
      return needsSsh ? withSshAgent(context, "optional", start) : start(NO_SSH);
    });
  },
  async adopt(args, context) {
    const module = await openModule(context.workspace, args.dir);
    return await withEarlierRunFolder(context, async (folder) => {
      const ended = await context.processes.adopt(context.callId, context);
      return ended && (await conclude({ args, module, folder, ssh: NO_SSH, context }, ended));
    });
  },
});

/** The arguments of terraform. A plan that is to be applied is taken by this. */
async function commandLine({ args, context, module }: Run): Promise<readonly string[]> {
  const { command, plan = "" } = args;
  switch (command) {
    case "init":
      await planFolder(context.workspace, module); // before terraform makes .terraform, whoever it runs as
      return ["init", "-input=false", "-no-color", "-upgrade=false"];
    case "validate":
    case "output":
      return [command, "-no-color"];
    case "state_list":
      return ["state", "list"];
    case "show": {
      const file = plan && (await findPlan(await planFolder(context.workspace, module), plan));
      return ["show", "-no-color", ...(file ? [file] : [])];
    }
    case "plan": {
      const { visible } = await planFolder(context.workspace, module);
      const mode = args.destroy ? ["-destroy"] : [];
      return ["plan", "-input=false", "-no-color", ...mode, `-out=${visible}/${newPlan(context)}`];
    }
    case "apply":
    case "destroy": {
      const folder = await planFolder(context.workspace, module);
      context.signal.throwIfAborted();
      context.permit();
      const file = await claimPlan(folder, plan, command === "destroy");
      return ["apply", "-input=false", "-no-color", file];
    }
    default:
      return command satisfies never;
  }
}

/** From how terraform ended to what the model reads. */
async function conclude(run: Run, ended: CommandResult): Promise<ToolResult> {
  const result = toToolResult(ended, run.context);
  switch (run.args.command) {
    case "plan":
      return result.kind === "ok" ? await concludePlan(run, result) : result;
    case "apply":
    case "destroy":
      return isWhole(ended) ? result : withNote(result, INTERRUPTED);
    default:
      return result;
  }
}

function newPlan({ callId }: ToolContext): string {
  return `new-${callId}.tfplan`;
}

async function concludePlan(run: Run, result: ToolResult): Promise<ToolResult> {
  const { args, context, module } = run;
  const folder = await planFolder(context.workspace, module);
  const name = newPlan(context);
  const summary = await summarise(run, `${folder.visible}/${name}`);
  if ("kind" in summary) return toToolResult(summary, context);
  context.permit();
  const digest = await keepPlan(folder, name, args.destroy === true);
  const text = context.redactor(summary.text);
  const plan = rewrite(result.stdout, (stdout) => stdout.trimEnd());
  return { ...result, stdout: redacted`${plan}\n\n${text}\nPlan digest: ${ours(digest)}` };
}

/** The JSON holds values in the clear: it goes into the run's own folder, never into an output. */
async function summarise(run: Run, file: string): Promise<CommandResult | { text: string }> {
  const script = 'terraform show -json "$1" > "$2"';
  const args = [file, `${run.folder.visible}/plan.json`];
  const shown = await terraform(run, { args, program: ["bash", "-c", script, "bash"], part: "summary" });
  if (shown.kind !== "exited" || shown.exitCode !== 0) return shown;
  return { text: summarisePlan(await readFile(join(run.folder.real, "plan.json"), "utf8")) };
}

/** False when it was stopped by somebody: what it had begun may be half done. */
function isWhole({ kind, exitCode }: CommandResult): boolean {
  return kind === "not-started" || (kind === "exited" && exitCode !== null);
}

function withNote(result: ToolResult, note: Redacted): ToolResult {
  return { ...result, stderr: joinLines([result.stderr, note]) };
}

type Start = { args: readonly string[]; program?: readonly [string, ...string[]]; part?: string };

async function terraform(
  { args: { timeout_s }, module, folder, ssh, context }: Run,
  { args, program = ["terraform"], part }: Start,
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
    timeoutMs: timeout_s * 1_000,
    callId: context.callId,
    part,
    isolation: "workspace",
    sockets: ssh.sockets,
    stopSignal: "SIGINT",
    graceMs: GRACE_MS,
    signal: context.signal,
  });
}
