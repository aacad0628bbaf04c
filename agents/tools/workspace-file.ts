/** Which file of the workspace a role's tool may touch, and the words about a file that several tools share. */

import { posix } from "node:path";
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { thousands } from "../base/thousands.ts";
import { isExecutionLog, isRequirements } from "../host/commands/bubblewrap.ts";
import { type Location, locate, ROOTS, rootOf } from "../host/files/paths.ts";
import { COORDINATOR, type Role } from "../protocol/roles.ts";
import { ours, type Redacted } from "../redact/redacted.ts";
import { PLANS_FOLDER } from "./terraform-review.ts";
import type { ToolContext } from "./tool.ts";

type FileContext = Pick<ToolContext, "role" | "workspace" | "access" | "artifacts">;

/** For a tool that shows how a path is written; `anyPath` for the others. */
export const pathInput = z.string().min(1).describe("As /app/infra/web/main.tf.");
export const anyPath = z.string().min(1);

/** Who gives a path such as /root/.ssh or /etc/hosts means a file of a node. */
const ON_NODES: Readonly<Record<Role, string>> = {
  Architect_Zero: "Files of a node are for DevOps_Builder to read and change: ask it.",
  DevOps_Builder: "Files of a node are read and changed with run_ssh or run_ansible.",
  Security_Sentinel: "Files of a node are for DevOps_Builder to read and change: report what you need.",
  QA_Tester: "Files of a node are read with run_ssh; what has to be changed there, report.",
};

/** AppError `not_allowed` outside of the workspace, or of /app/docs for a role whose access is "docs". */
export function locateForReading({ role, workspace, access }: FileContext, path: string): Location {
  if (path.startsWith("/") && rootOf(path) === undefined) {
    const folders = access === "docs" ? "/app/docs" : ROOTS.join(", ");
    const where = `is no file of the team's; this tool works under ${folders}`;
    throw new AppError("not_allowed", `${JSON.stringify(path.slice(0, 200))} ${where}. ${ON_NODES[role]}`);
  }
  const location = locate(workspace, path);
  if (access !== "docs" || location.root === "/app/docs") return location;
  throw new AppError("not_allowed", `${location.visible}: this role works with files under /app/docs only.`);
}

/** As for reading; and what the runtime writes as its record cannot be written by a tool. */
export function locateForWriting(context: FileContext, path: string): Location {
  const location = locateForReading(context, path);
  const {
    root,
    names: [name = ""],
    visible,
  } = location;
  const isLog = root === "/app/docs" && isExecutionLog(name);
  const kept = [context.artifacts.visibleDirectory, PLANS_FOLDER];
  if (isLog || kept.some((folder) => `${visible}/`.startsWith(`${folder}/`))) {
    throw new AppError("not_allowed", `${visible} is kept by the runtime: read it, write elsewhere.`);
  }
  if (context.role !== COORDINATOR && root === "/app/docs" && isRequirements(name)) {
    const why = `it is what the work is measured by, and ${COORDINATOR}'s alone`;
    throw new AppError("not_allowed", `${visible}: ${why}. Report what should be changed in it.`);
  }
  return location;
}

/** The path as a result names it: one file, one spelling. */
export function targetOf({ path }: { path: string }): string {
  return posix.normalize(path);
}

/** `1,204 bytes`. */
export function sizeOf(content: string): Redacted {
  return ours(`${thousands(Buffer.byteLength(content))} bytes`);
}
