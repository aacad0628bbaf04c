/**
 * A cluster and what Terraform knows of it belong together: the workspace remembers for which lab, or that it is for real
 * nodes, and meets no other one as long as there is a state.
 */
import { randomUUID } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { AppError } from "../../agents/base/errors.ts";
import { workspaceOf } from "../../agents/host/files/paths.ts";
import { parseJson } from "../../agents/protocol/message.ts";

export const REAL_NODES = "real nodes";
/** A lab and a state of a version that knew no names; they lay in one checkout. */
const UNNAMED = "a lab of an earlier version";

/** For what the workspace is; undefined when nobody has said so yet. */
export function bondOf(projectDir: string): string | undefined {
  const file = bondFile(projectDir);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

/** In no root of the workspace: no tool gets there. */
export function bondFile(projectDir: string): string {
  return join(projectDir, "generated_iac/.belongs-to");
}

/** Which lab lives in the directory; a new one gets a name of its own. One of an earlier version is taken as it is. */
export function labId(directory: string): string {
  const file = join(directory, "lab-id");
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  const isOld = existsSync(join(directory, "cluster.json"));
  const id = isOld ? UNNAMED : `lab ${randomUUID()}`;
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, `${id}\n`);
  return id;
}

/**
 * From now on the workspace is for `cluster`, a `labId` or `REAL_NODES`. AppError `conflict`, and nothing is begun, while
 * Terraform's state in it is that of another one.
 */
export function bindWorkspace(projectDir: string, cluster: string): void {
  const states = statesOf(projectDir);
  const known = bondOf(projectDir);
  // an earlier version did not say whose its state is: what it can be, it is taken for
  const isOurs = known === undefined ? [UNNAMED, REAL_NODES].includes(cluster) : known === cluster;
  if (states.length > 0 && !isOurs) throw foreign(states, known ?? UNNAMED, cluster);
  writeFileSync(bondFile(projectDir), `${cluster}\n`);
}

function foreign(states: readonly string[], known: string, cluster: string): AppError {
  return new AppError(
    "conflict",
    [
      `Terraform's state in this checkout is of another cluster (${known}) than the one that would be met now (${cluster}):`,
      ...states.map((file) => `  ${file}`),
      known === REAL_NODES
        ? "Nothing was begun. Use another checkout for the lab: this one has what Terraform knows of real nodes."
        : "Nothing was begun. ./minilab reset puts away what was written for the old lab, and says what before it does.",
    ].join("\n"),
  );
}

/** Where states lie besides in modules. */
export const TERRAFORM = "tmp/run/terraform";

const stateSchema = z.object({ resources: z.array(z.unknown()) });

/** The files of Terraform's state that know of anything; one that cannot be read counts. */
function statesOf(projectDir: string): string[] {
  const folders = [workspaceOf("project", projectDir)["/app/infra"], join(projectDir, TERRAFORM)];
  return folders.flatMap((cwd) =>
    globSync("**/terraform.tfstate", { cwd, exclude: ["**/.terraform/**"] })
      .map((name) => join(cwd, name))
      .filter(knowsAnything),
  );
}

function knowsAnything(file: string): boolean {
  const state = stateSchema.safeParse(parseJson(readFileSync(file, "utf8")));
  return !state.success || state.data.resources.length > 0;
}
