/** The team's paths as the operator's: relative to the checkout, where the folders of the workspace are. Pure. */
import { TEAM_DOCUMENTS } from "../agents/base/team-documents.ts";

const FOLDERS: Readonly<Record<string, string>> = {
  "/app/docs": TEAM_DOCUMENTS,
  "/app/infra": "generated_iac/infra",
  "/app/config": "generated_iac/config",
  "/tmp/app": "tmp/app",
};

/** A folder of the workspace, whole: neither a part of a longer path nor the beginning of a longer name. */
const PATH = /(?<![\w./-])(?:\/app\/(?:docs|infra|config)|\/tmp\/app)(?![\w-])/g;

export function operatorPaths(text: string): string {
  return text.replace(PATH, (path) => FOLDERS[path] ?? path);
}
