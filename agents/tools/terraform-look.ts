/**
 * run_terraform for a role that only looks: nothing is written, nothing is reached, no state is read. Provider programs
 * are those that DevOps_Builder's init has brought, and of these the ones whose checksum stands in the lock file.
 */
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { cutRedacted, ours } from "../redact/redacted.ts";
import { okResult, toToolResult } from "./command-result.ts";
import { readPlainFile } from "./plain-file.ts";
import type { Input } from "./terraform-input.ts";
import { LOOKING_CONFIG, openModule } from "./terraform-module.ts";
import { PLANS_FOLDER, reviewName } from "./terraform-review.ts";
import type { ToolContext, ToolResult } from "./tool.ts";

const LIMIT_MS = 300_000;

export async function look(args: Input, context: ToolContext): Promise<ToolResult> {
  const { visible } = await openModule(context.workspace, args.dir);
  if (args.command === "show") return await showReview(args.plan, context);
  const ended = await context.processes.run({
    argv: commandLine(args.command),
    cwd: visible,
    env: { CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" },
    timeoutMs: LIMIT_MS,
    callId: context.call.id,
    isolation: "read-only",
    signal: context.call.signal,
  });
  return toToolResult(ended, context);
}

/** In a folder of its own that is gone afterwards; what init says is of interest only when it fails. */
const VALIDATE = `
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
printf %s "$1" >"$folder/terraform.rc"
export TF_CLI_CONFIG_FILE="$folder/terraform.rc" TF_DATA_DIR="$folder/data"
terraform init -backend=false -input=false -no-color -lockfile=readonly >"$folder/said" 2>&1 || { cat "$folder/said" >&2; exit 1; }
terraform validate -no-color`;

function commandLine(command: Input["command"]): readonly [string, ...string[]] {
  switch (command) {
    case "fmt":
      return ["terraform", "fmt", "-check", "-diff", "-no-color", "-write=false"];
    case "validate":
      return ["bash", "-c", VALIDATE, "bash", LOOKING_CONFIG];
    case "version":
      return ["terraform", "version"];
    default:
      throw new AppError("not_allowed", `${command} is not for a role that only looks.`);
  }
}

const MAX_REVIEW_BYTES = 50 * 1024 ** 2;

/** What plan wrote for reviewers. */
async function showReview(
  digest: string | undefined,
  { workspace, redactor }: ToolContext,
): Promise<ToolResult> {
  if (digest === undefined)
    throw new AppError(
      "bad_arguments",
      'show needs a plan, e.g. {"command": "show", "plan": "<64 hex digits>"}',
    );
  const name = reviewName(digest);
  const content = await readPlainFile(join(workspace["/app/docs"], "plans", name), MAX_REVIEW_BYTES);
  const text = content?.toString() ?? "";
  if (!text.includes(`\nPlan digest: ${digest}\n`))
    throw new AppError("not_found", `There is no plan ${digest} under ${PLANS_FOLDER}.`);
  const cut = cutRedacted(redactor(text), { fullText: ours(`${PLANS_FOLDER}/${name}`) });
  return { ...okResult(cut.text), truncated: cut.truncated };
}
