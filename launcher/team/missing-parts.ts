/** What the settings leave out, and the launcher therefore brings: a cluster, a model. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Env } from "../../agents/base/config.ts";
import { AppError } from "../../agents/base/errors.ts";
import { workspaceOf } from "../../agents/host/files/paths.ts";
import { openDocuments } from "./team-documents.ts";

export type Parts = {
  /** The simulated cluster stands in for real nodes. */
  lab: boolean;
  /** Scripted replies stand in for a model. */
  scriptedModel: boolean;
  /** Shown in a box, so that nothing about a rehearsal is hidden; absent for the real thing. */
  banner?: string;
};

/** Said before anything happens, in containers too (container-start.sh says the same; a test compares them). */
export const REHEARSAL = `REHEARSAL: scripted model, simulated cluster
Type go: the team plays the one story of its script (a small web guest, SSH
hardening); it understands nothing else.
Terraform, Ansible and SSH are real. The nodes answer as Proxmox VE 9 does,
but guests without an image are only records.`;
export const SIMULATED = `SIMULATED CLUSTER: no real node is touched
Terraform, Ansible and SSH are real. The nodes answer as Proxmox VE 9 does,
but guests without an image are only records.`;

/**
 * Decide from the settings. AppError `bad_config` for real nodes without a model: a script must never run
 * against them.
 */
export function missingParts(env: Env): Parts {
  const lab = !env["PROXMOX_NODES"];
  const scriptedModel = !env["OPENAI_API_KEY"] && !env["OPENAI_API_KEY_FILE"] && !env["OPENAI_API_BASE"];
  if (scriptedModel && !lab) {
    throw new AppError(
      "bad_config",
      "PROXMOX_NODES names real nodes, but there is no model: set OPENAI_API_KEY or OPENAI_API_BASE, or empty PROXMOX_NODES to rehearse",
    );
  }
  if (scriptedModel) return { lab, scriptedModel, banner: REHEARSAL };
  if (lab) return { lab, scriptedModel, banner: SIMULATED };
  return { lab, scriptedModel };
}

/** The folders that the team shares, which a fresh checkout does not have. AppError `bad_config` where it may not write. */
export function makeWorkspace(projectDir: string): void {
  const docs = join(projectDir, "docs");
  const folders = [docs, ...Object.values(workspaceOf("project", projectDir)), join(projectDir, "tmp/run")];
  for (const folder of folders) {
    try {
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK);
    } catch (error) {
      if (!DENIALS.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      throw foreignOwner(projectDir, folder, error);
    }
  }
  openDocuments(docs);
}

const DENIALS = ["EACCES", "EPERM", "EROFS"];

function foreignOwner(projectDir: string, folder: string, cause: unknown): AppError {
  const owner = statSync(existsSync(folder) ? folder : projectDir).uid;
  const problem = `the team cannot write to ${folder}: it belongs to the user ${owner}, and this is ${process.getuid?.()}`;
  const remedy = `sudo chown -R "$(id -u):$(id -g)" '${projectDir}', or work in a checkout of your own`;
  return new AppError("bad_config", `${problem}. Remedy: ${remedy}`, { cause });
}
