/** One start of terraform: what it is given, and what is done before anybody reads its output. */
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isTerraformVariable } from "../base/config.ts";
import type { Change } from "../governance/change.ts";
import { changeOfPlan } from "../governance/plan.ts";
import type { CommandResult } from "../host/commands/command.ts";
import { cutRedacted, type Redacted, rewrite } from "../redact/redacted.ts";
import { okResult, toToolResult } from "./command-result.ts";
import { readPlainFile, readPlainJson } from "./plain-file.ts";
import type { RunFolder, SshAccess } from "./run-folder.ts";
import { adoptAllStates, adoptStates } from "./terraform-adoption.ts";
import { type Module, PROVIDERS_FOLDER } from "./terraform-module.ts";
import { type Place, STATE_FILE } from "./terraform-place.ts";
import { readPlan } from "./terraform-plan.ts";
import { provisionersIn } from "./terraform-provisioners.ts";
import { MAX_SCHEMA_BYTES, schemaOf } from "./terraform-schema.ts";
import { MAX_STATE_BYTES, sensitiveValues } from "./terraform-state.ts";
import { summariseChange } from "./terraform-summary.ts";
import type { ToolContext, ToolResult } from "./tool.ts";

export type TerraformRun = {
  args: { timeout_s: number };
  module: Module;
  place: Place;
  folder: RunFolder;
  ssh: SshAccess;
  /** What the model is told besides: states that were found. */
  notes: string[];
  context: ToolContext;
};

/** Terraform says it whenever it is told where the state is; nobody here can do anything about it. */
const DEPRECATED = `
Warning: Deprecated flag: -state

Use \`path\` attribute within the \`local\` backend instead:
https://developer.hashicorp.com/terraform/language/v1.10.x/settings/backends/local#path
`;

/** STOP allows a second in all: Terraform gets this long to write its state, then it is killed. */
const GRACE_MS = 700;

export type Start = {
  args: readonly string[];
  program?: readonly [string, ...string[]] | undefined;
  part?: string;
};

/** What `init` brings is also left where the roles that only look find it. */
export const INIT = [
  ...([
    "bash",
    "-c",
    `terraform "$@" && { [ ! -d "$TF_DATA_DIR/providers" ] || cp -Rn "$TF_DATA_DIR/providers/." ${PROVIDERS_FOLDER} || :; }`,
  ] as const),
  "bash",
] as const;

export async function terraform(
  run: TerraformRun,
  { args, program = ["terraform"], part }: Start,
): Promise<CommandResult> {
  const { module, place, folder, ssh, context } = run;
  const variables = Object.entries(context.env).filter(([name]) => isTerraformVariable(name));
  return await context.processes.run({
    argv: [...program, ...args],
    cwd: module.visible,
    env: {
      ...Object.fromEntries(variables.map(([name, value]) => [name, value ?? ""])),
      ...ssh.env,
      CHECKPOINT_DISABLE: "1",
      TF_IN_AUTOMATION: "1",
      TF_CLI_CONFIG_FILE: join(folder.real, "terraform.rc"),
      TF_DATA_DIR: place.data,
      ...(context.processes.sandbox === "container" && { HOME: join(folder.real, "home") }),
    },
    timeoutMs: run.args.timeout_s * 1_000,
    callId: context.call.id,
    part,
    isolation: "networked",
    folders: [dirname(place.state), place.data, folder.real],
    onEnd: () => afterRun(run),
    sockets: ssh.sockets,
    stopSignal: "SIGINT",
    graceMs: GRACE_MS,
    signal: context.call.signal,
  });
}

/** Before any turn: states that lie in modules are taken in, and what they all hold as sensitive is known. */
export async function openStates(
  context: Pick<ToolContext, "workspace" | "terraform" | "processes" | "secrets">,
): Promise<string[]> {
  const notes = await adoptAllStates(context);
  for (const name of await readdir(context.terraform).catch(() => []))
    await learn(join(context.terraform, name, "state", STATE_FILE), context, notes);
  return notes;
}

/** Before anybody reads what terraform said: what it has generated is a secret, and no state stays in the module. */
export async function afterRun({ module, place, notes, context }: TerraformRun): Promise<void> {
  notes.push(...(await adoptStates(module, place)));
  await learn(place.state, context, notes);
}

async function learn(
  state: string,
  { secrets }: Pick<ToolContext, "secrets">,
  notes: string[],
): Promise<void> {
  const { size } = await stat(state).catch(() => ({ size: 0 }));
  if (size > MAX_STATE_BYTES) notes.push("A state is too large to be searched for what must be hidden.");
  else if (size > 0) secrets.learn(sensitiveValues(await readFile(state)));
}

const MAX_PLAN_FILE_BYTES = 16 * 1024 ** 2;
/** Of one line of a summary: the commands of a provisioner may be a whole script. */
const MAX_LINE_CHARS = 500;

/** The JSON holds values in the clear: it goes where only terraform and this agent look, and not for long. */
export async function summarise(
  run: TerraformRun,
  file: string,
): Promise<CommandResult | { text: Redacted; change: Change }> {
  return await withJson(run, ["show", "-json", file], async (json) => {
    const plan = await readPlainFile(file, MAX_PLAN_FILE_BYTES);
    const change = changeOfPlan(await readPlan(json), plan && provisionersIn(plan));
    return { text: rewrite(run.context.redactor(summariseChange(change)), cutLines), change };
  });
}

/** The arguments of one type, as the installed providers have them. */
export async function showSchema(run: TerraformRun, resource: string): Promise<ToolResult> {
  const { redactor } = run.context;
  const found = await withJson(run, ["providers", "schema", "-json"], async (json) => ({
    text: schemaOf(await readPlainJson(json, MAX_SCHEMA_BYTES), resource),
  }));
  if ("kind" in found) return toToolResult(found, run.context);
  const cut = cutRedacted(redactor(found.text));
  return { ...okResult(cut.text), truncated: cut.truncated };
}

/** `read` gets the file that terraform wrote; how terraform ended when it was in another way than well. */
async function withJson<T extends object>(
  run: TerraformRun,
  args: readonly string[],
  read: (json: string) => Promise<T>,
): Promise<CommandResult | T> {
  const json = join(run.folder.real, "said.json");
  const umask = run.context.processes.sandbox === "container" ? "027" : "077";
  const script = `umask ${umask}; out=$1; shift; terraform "$@" > "$out"`;
  try {
    const program = ["bash", "-c", script, "bash", json] as const;
    const shown = await terraform(run, { args, program, part: "summary" });
    return shown.kind === "exited" && shown.exitCode === 0 ? await read(json) : shown;
  } finally {
    await rm(json, { force: true });
  }
}

function cutLines(text: string): string {
  const cut = (line: string) =>
    line.length > MAX_LINE_CHARS ? `${line.slice(0, MAX_LINE_CHARS)}… (cut)` : line;
  return text.split("\n").map(cut).join("\n");
}

export function withoutWarning(ended: CommandResult): CommandResult {
  const without = (output: CommandResult["stdout"]) => ({
    ...output,
    text: rewrite(output.text, (whole) => whole.replace(DEPRECATED, "")),
  });
  return { ...ended, stdout: without(ended.stdout), stderr: without(ended.stderr) };
}
