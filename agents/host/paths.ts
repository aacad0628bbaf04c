/** Where the team may read and write: four roots, by the names that the models see. */
import { join } from "node:path";

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
    "/app/docs": join(projectDir, "docs"),
    "/tmp/app": join(projectDir, "tmp/app"),
  };
}
