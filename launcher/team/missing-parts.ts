/** What the settings leave out, and the launcher therefore brings: a cluster, a model. */
import { mkdirSync } from "node:fs";
import type { Env } from "../../agents/base/config.ts";
import { AppError } from "../../agents/base/errors.ts";
import { workspaceOf } from "../../agents/host/files/paths.ts";

export type Parts = {
  /** The simulated cluster stands in for real nodes. */
  lab: boolean;
  /** Scripted replies stand in for a model. */
  scriptedModel: boolean;
  /** Shown in a box, so that nothing about a rehearsal is hidden; absent for the real thing. */
  banner?: string;
};

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
  if (scriptedModel) return { lab, scriptedModel, banner: "REHEARSAL: scripted model, simulated cluster" };
  if (lab) return { lab, scriptedModel, banner: "SIMULATED CLUSTER: no real node is touched" };
  return { lab, scriptedModel };
}

/** The folders that the team shares, which a fresh checkout does not have. */
export function makeWorkspace(projectDir: string): void {
  for (const folder of Object.values(workspaceOf("project", projectDir)))
    mkdirSync(folder, { recursive: true });
}
