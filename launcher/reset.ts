/** `./minilab reset`: the next start meets a new lab, an empty workspace and no old session; what people wrote is put away. */
import { existsSync, globSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { AppError, describeError } from "../agents/base/errors.ts";
import { TEAM_DOCUMENTS } from "../agents/base/team-documents.ts";
import { RECORDS_FOLDER } from "../agents/bus/redis-conf.ts";
import { isConfirmed } from "./confirm.ts";
import { PROJECT_DIR } from "./team/project.ts";
import { runningAccess } from "./team/running-team.ts";
import { bondFile, bondOf, REAL_NODES, TERRAFORM } from "./team/workspace-bond.ts";

/** Of the lab, and worth nothing without it. */
const REMOVED = ["tmp/run/lab", "tmp/run/calls", "tmp/app"];
/** What the team wrote, and what was said. Logs stay where they are: client/logs, tmp/run/logs, execution logs. */
const PUT_AWAY = [
  "generated_iac/infra",
  "generated_iac/config",
  TERRAFORM,
  `tmp/run/redis/${RECORDS_FOLDER}`,
];
const DOCUMENTS = `${TEAM_DOCUMENTS}/*`;
const KEPT_DOCUMENTS = /\/(?:execution_log_[^/]*|tool_output)$/;

/** Exit code 0 when it was done, or nothing was there; 1 when the operator said no. */
export async function reset(args: string[], signal: AbortSignal): Promise<number> {
  const isSure = readResetOptions(args);
  if ((await runningAccess()) !== undefined)
    throw new AppError("conflict", "a team runs here: leave its console first; nothing was removed");
  if (bondOf(PROJECT_DIR) === REAL_NODES)
    throw new AppError(
      "conflict",
      "this checkout is for real nodes, and Terraform's state is what is known of them; nothing was removed. Use another checkout for the lab",
    );
  const { removed, putAway } = findWhatIsThere();
  if (removed.length + putAway.length === 0)
    return tell("nothing to reset: there is no lab, and nothing was written");
  const archive = join("tmp/archive", `reset-${new Date().toISOString().replaceAll(":", "-")}`);
  tell(describe(removed, putAway, archive));
  if (!isSure && !(await isConfirmed({ question: "Reset?", sure: "./minilab reset --yes" }, signal)))
    return 1;
  putAwayAll(putAway, archive);
  for (const path of [...removed, bondFile("")])
    rmSync(join(PROJECT_DIR, path), { recursive: true, force: true });
  return tell("done: ./minilab up starts with a new lab");
}

function readResetOptions(args: string[]): boolean {
  try {
    return parseArgs({ args, options: { yes: { type: "boolean", default: false } } }).values.yes;
  } catch (error) {
    throw new AppError("bad_arguments", `${describeError(error)}; usage: ./minilab reset [--yes]`);
  }
}

function findWhatIsThere(): { removed: string[]; putAway: string[] } {
  const isThere = (path: string) => existsSync(join(PROJECT_DIR, path));
  const documents = globSync(DOCUMENTS, { cwd: PROJECT_DIR }).filter((path) => !KEPT_DOCUMENTS.test(path));
  return { removed: REMOVED.filter(isThere), putAway: [...PUT_AWAY.filter(isThere), ...documents] };
}

function describe(removed: readonly string[], putAway: readonly string[], archive: string): string {
  const list = (title: string, paths: readonly string[]) =>
    paths.length === 0 ? [] : [title, ...paths.map((path) => `  ${path}`)];
  return [
    ...list("removes:", removed),
    ...list(`moves to ${archive}:`, putAway),
    "logs stay where they are.",
  ].join("\n");
}

function putAwayAll(paths: readonly string[], archive: string): void {
  for (const path of paths) {
    const target = join(PROJECT_DIR, archive, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    renameSync(join(PROJECT_DIR, path), target);
  }
}

function tell(text: string): number {
  console.log(text);
  return 0;
}
