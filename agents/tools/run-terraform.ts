/**
 * run_terraform: a closed set of commands on one module. What changes the cluster runs a saved plan, named by
 * the digest of its bytes, and nothing else.
 */
import { existsSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join, posix } from "node:path";
import type { CommandResult } from "../host/commands/command.ts";
import { ours, type Redacted, redacted, rewrite } from "../redact/redacted.ts";
import { type ApiAccess, NO_API, withApi } from "./api-access.ts";
import { joinLines, toToolResult, withTimeHint } from "./command-result.ts";
import { foldOutput } from "./folded-output.ts";
import {
  makeRunFolder,
  NO_SSH,
  type RunFolder,
  runFolder,
  type SshAccess,
  terraformRuns,
  withSshAgent,
} from "./run-folder.ts";
import { adoptStates } from "./terraform-adoption.ts";
import { foldTerraform } from "./terraform-fold.ts";
import { type Input, input, LOOKS, lookingInput } from "./terraform-input.ts";
import { look } from "./terraform-look.ts";
import { openModule, TERRAFORM_CONFIG } from "./terraform-module.ts";
import { openPlace, type Place } from "./terraform-place.ts";
import { claimPlan, findPlan, keepChange, keepPlan } from "./terraform-plan.ts";
import { proposeApply } from "./terraform-proposal.ts";
import { writeReview } from "./terraform-review.ts";
import {
  afterRun,
  INIT,
  showSchema,
  summarise,
  type TerraformRun,
  terraform,
  withoutWarning,
} from "./terraform-run.ts";
import { defineTool, type ToolContext, type ToolResult } from "./tool.ts";

type Run = TerraformRun & { args: Input };

const NEW_PLAN = "new.tfplan";
const INTERRUPTED = redacted`Terraform was interrupted. What it had begun may be half done, and a script on a node may still run: look (show, run_ssh) before you plan again.`;

export const runTerraform = defineTool({
  name: "run_terraform",
  description: "plan prints a digest; apply and destroy run exactly that plan, once.",
  input,
  example: { command: "plan", dir: "/app/infra/web" },
  looking: {
    description: "Look at a Terraform module: show what a plan does; fmt and validate write nothing.",
    input: lookingInput,
    example: { command: "validate", dir: "/app/infra/web" },
  },
  effect: ({ command }) => {
    if (command === "apply" || command === "destroy") return "infrastructure";
    return command === "init" || command === "plan" || command === "fmt" ? "workspace" : "read";
  },
  audit: ({ command }) =>
    LOOKS.some((look) => look === command)
      ? undefined
      : `With run_terraform you only look: ${LOOKS.join(", ")} (show: what a plan does, by its digest). DevOps_Builder does the rest.`,
  target: ({ dir }) => posix.normalize(dir),
  propose: async (args, context) => await proposeApply(args, await open(args, context), context),
  async run(args, context) {
    if (context.access === "audit") return await look(args, context);
    const isChange = args.command === "apply" || args.command === "destroy";
    if (!isChange && args.command !== "plan") return await runIn(args, context, NO_API);
    return await withApi(context, { mayWrite: isChange }, (api) => runIn(args, context, api));
  },
  async adopt(args, context) {
    const { module, place } = await open(args, context);
    const folder = runFolder(terraformRuns(context), context.call.id);
    const run = { args, module, place, folder, ssh: NO_SSH, notes: [], context };
    const { id, signal } = context.call;
    const ended = await context.processes.adopt(id, { signal, onEnd: () => afterRun(run) });
    return ended && (await conclude(run, ended));
  },
});

async function runIn(args: Input, context: ToolContext, api: ApiAccess): Promise<ToolResult> {
  const { module, place } = await open(args, context);
  const notes = await adoptStates(module, place);
  const files = { "terraform.rc": TERRAFORM_CONFIG, ...api.files };
  const folder = await makeRunFolder(terraformRuns(context), context.call, files);
  const start = async (ssh: SshAccess) => {
    const access = { ...ssh, env: { ...ssh.env, ...api.env(folder) } };
    const run = { args, module, place, folder, ssh: access, notes, context };
    if (args.command === "schema") return await showSchema(run, args.resource ?? "");
    const program = args.command === "init" ? INIT : undefined;
    return await conclude(run, await terraform(run, { args: await commandLine(run), program }));
  };
  const needsSsh = args.command === "apply" || args.command === "destroy";
  return needsSsh ? await withSshAgent(context, "optional", start) : await start(NO_SSH);
}

async function open({ dir }: Input, { workspace, terraform: root, processes }: ToolContext) {
  const module = await openModule(workspace, dir);
  return { module, place: await openPlace(root, module, processes.sandbox) };
}

/** The arguments of terraform. A plan that is to be applied is taken by this. */
async function commandLine({ args, context, place, folder }: Run): Promise<readonly string[]> {
  const { command, plan = "" } = args;
  const state = `-state=${place.state}`;
  switch (command) {
    case "init": // a module that names a backend of its own is not initialised by this, and then nothing else runs
      return ["init", "-backend=false", "-input=false", "-no-color", `-upgrade=${args.upgrade === true}`];
    case "fmt":
      return ["fmt", "-diff", "-no-color"];
    case "version":
      return ["version"];
    case "providers":
    case "schema":
      return ["providers", "-no-color"];
    case "validate":
      return ["validate", "-no-color"];
    case "output":
      return ["output", "-no-color", state];
    case "state_list":
      return ["state", "list", state];
    case "show": {
      const file = plan ? await copyOfPlan(place, plan, folder) : existsSync(place.state) && place.state;
      return ["show", "-no-color", ...(file ? [file] : [])];
    }
    case "plan": {
      const mode = args.destroy ? ["-destroy"] : [];
      return ["plan", "-input=false", "-no-color", ...mode, state, `-out=${join(folder.real, NEW_PLAN)}`];
    }
    case "apply":
    case "destroy": {
      context.call.signal.throwIfAborted();
      context.call.permit();
      const copy = join(folder.real, "claimed.tfplan");
      await claimPlan(place, { digest: plan, isDestroy: command === "destroy" }, copy);
      return ["apply", "-input=false", "-no-color", state, copy];
    }
    default:
      return command satisfies never;
  }
}

/** Terraform sees the folder of its run, not that of the plans. */
async function copyOfPlan(place: Place, digest: string, folder: RunFolder): Promise<string> {
  const copy = join(folder.real, "shown.tfplan");
  await copyFile(await findPlan(place, digest), copy);
  return copy;
}

/** From how terraform ended to what the model reads. */
async function conclude(run: Run, ended: CommandResult): Promise<ToolResult> {
  const isWell = ended.kind === "exited" && ended.exitCode === 0;
  const said = withoutWarning(ended);
  const told = isWell ? await foldOutput(said, foldTerraform, run.context) : said;
  const result = withNote(
    withTimeHint(toToolResult(told, run.context)),
    run.context.redactor(run.notes.join("\n")),
  );
  switch (run.args.command) {
    case "plan":
      return result.kind === "ok" ? await concludePlan(run, result) : result;
    case "apply":
    case "destroy":
      for (const { name } of run.context.nodes.nodes) run.context.nodes.suspect(name);
      return isWhole(ended) ? result : withNote(result, INTERRUPTED);
    default:
      return result;
  }
}

async function concludePlan(run: Run, result: ToolResult): Promise<ToolResult> {
  const { args, context, module, place, folder } = run;
  const { redactor } = context;
  const file = join(folder.real, NEW_PLAN);
  const found = await summarise(run, file);
  if ("kind" in found) return toToolResult(found, context);
  context.call.permit();
  const digest = await keepPlan(place, file, args.destroy === true);
  const summary = found.text;
  const review = await writeReview(context, { module, digest, summary, result });
  await keepChange(place, digest, { change: found.change, text: review.text });
  const state = existsSync(place.state) ? redacted`` : redactor("No state yet.");
  const plan = rewrite(result.stdout, (stdout) => stdout.trimEnd());
  const last = redacted`For reviewers: ${review.name}\nPlan digest: ${ours(digest)}`;
  return { ...result, stdout: joinLines([plan, redacted`\n${summary}`, state, last]) };
}

/** False when it was stopped by somebody: what it had begun may be half done. */
function isWhole({ kind, exitCode }: CommandResult): boolean {
  return kind === "not-started" || (kind === "exited" && exitCode !== null);
}

function withNote(result: ToolResult, note: Redacted): ToolResult {
  return { ...result, stderr: joinLines([result.stderr, note]) };
}
