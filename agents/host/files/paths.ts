/** Where the team may read and write: four roots, by the names that the models see. */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../base/errors.ts";
import { TEAM_DOCUMENTS } from "../../base/team-documents.ts";

/** The names that models and people use, in containers the real paths as well. */
export const ROOTS = ["/app/infra", "/app/config", "/app/docs", "/tmp/app"] as const;
export type Root = (typeof ROOTS)[number];

/** From each visible root to its real, absolute folder on this machine. */
export type Workspace = Readonly<Record<Root, string>>;

/** In containers the names are real; elsewhere they stand for folders of the project. */
export function workspaceOf(layout: "project" | "container", projectDir: string): Workspace {
  if (layout === "container") {
    return {
      "/app/infra": "/app/infra",
      "/app/config": "/app/config",
      "/app/docs": "/app/docs",
      "/tmp/app": "/tmp/app",
    };
  }
  return {
    "/app/infra": join(projectDir, "generated_iac/infra"),
    "/app/config": join(projectDir, "generated_iac/config"),
    "/app/docs": join(projectDir, TEAM_DOCUMENTS),
    "/tmp/app": join(projectDir, "tmp/app"),
  };
}

/**
 * Where the tool processes of a role keep their state: not in the workspace, and in containers on the tmpfs that
 * ends with the agent, as the processes do.
 */
export function callsFolder(layout: "project" | "container", projectDir: string, role: string): string {
  return layout === "container" ? "/tmp/minilab-calls" : join(projectDir, "tmp/run/calls", role);
}

/** Terraform's states and plans: outside of the workspace, and in containers a mount of DevOps_Builder alone. */
export function terraformFolder(layout: "project" | "container", projectDir: string): string {
  return layout === "container" ? "/var/lib/minilab/terraform" : join(projectDir, "tmp/run/terraform");
}

const MAX_PATH_CHARS = 1_024;
const MAX_NAME_BYTES = 255;
const SECRET_NAMES = /\.(?:pem|key|p12|pfx)$|_key$|^id_[^.]*$|^known_nodes$/i;
const STATE_NAMES = /\.tfstate|\.tfplan$/i;

/** A path inside the workspace, taken apart; nothing was looked up yet. */
export type Location = {
  root: Root;
  /** Real folder of the root. */
  base: string;
  /** Names below the root; empty for the root itself. */
  names: readonly string[];
  /** The path as the model sees it, without `.` and doubled slashes. */
  visible: string;
};

/**
 * Take a path that the model gave apart. AppError `not_allowed` for everything outside of the four roots
 * (compared name by name, `..` counted first), for keys, and for Terraform's state and plan files.
 */
export function locate(workspace: Workspace, path: string): Location {
  if (path.includes("\0") || path.length > MAX_PATH_CHARS)
    throw refusal("That path", "is not a usable file name");
  const shown = JSON.stringify(path);
  if (!path.startsWith("/")) throw refusal(shown, "is relative");
  const parts = resolveNames(path);
  const root = rootOf(path);
  if (root === undefined) throw refusal(shown, "is outside of the workspace");
  const names = parts.slice(root.split("/").length - 1);
  for (const name of names) checkName(name, shown);
  return { root, base: workspace[root], names, visible: [root, ...names].join("/") };
}

/** Compared name by name, `..` counted first; undefined outside of the workspace. */
export function rootOf(path: string): Root | undefined {
  const parts = resolveNames(path);
  return ROOTS.find((name) =>
    name
      .slice(1)
      .split("/")
      .every((part, index) => part === parts[index]),
  );
}

/**
 * The real path of a path that the model gave. As `locate`, and `not_allowed` when a link or a special file
 * lies on the way, `not_found` when it does not exist. For programs that take a path; files.ts opens without
 * this look beforehand.
 */
export async function resolveVisible(workspace: Workspace, path: string): Promise<string> {
  const { base, names, visible } = locate(workspace, path);
  let real = base;
  for (const name of ["", ...names]) {
    real = join(real, name);
    const stats = await lstat(real).catch(ignoreMissing);
    if (!stats) throw new AppError("not_found", `${visible} does not exist.`);
    // The root itself may be a link of the operator's making.
    if (name !== "" && !stats.isFile() && !stats.isDirectory()) throw linkRefusal(visible);
  }
  return real;
}

export function linkRefusal(visible: string): AppError {
  return new AppError(
    "not_allowed",
    `${visible} is, or leads through, a link or a special file. Use plain files.`,
  );
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
}

function resolveNames(path: string): string[] {
  const names: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") names.pop();
    else if (part !== "" && part !== ".") names.push(part);
  }
  return names;
}

function checkName(name: string, shown: string): void {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw refusal(shown, "has a name that is too long");
  if (SECRET_NAMES.test(name)) throw refusal(shown, "is named like a private key, which no tool may touch");
  if (STATE_NAMES.test(name)) {
    throw refusal(shown, "is Terraform's own state or plan; use run_terraform to look at it");
  }
}

function refusal(shown: string, problem: string): AppError {
  return new AppError("not_allowed", `${shown} ${problem}. Give a full path under ${ROOTS.join(", ")}.`);
}
