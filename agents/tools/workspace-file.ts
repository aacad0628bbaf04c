/** Which file of the workspace a role's tool may touch, and the words about a file that several tools share. */

import { createHash } from "node:crypto";
import { posix } from "node:path";
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { thousands } from "../base/thousands.ts";
import { isExecutionLog, isRequirements } from "../host/commands/bubblewrap.ts";
import { type Location, locate } from "../host/files/paths.ts";
import { COORDINATOR } from "../protocol/roles.ts";
import { ours, type Redacted } from "../redact/redacted.ts";
import { PLANS_FOLDER } from "./terraform-review.ts";
import type { ToolContext } from "./tool.ts";

type FileContext = Pick<ToolContext, "role" | "workspace" | "access" | "artifacts">;

export const pathInput = z.string().min(1).describe("Full path, as /app/infra/web/main.tf.");

/** AppError `not_allowed` outside of the workspace, or of /app/docs for a role whose access is "docs". */
export function locateForReading({ workspace, access }: FileContext, path: string): Location {
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

/** `1,204 bytes, sha256 3fa2c1d0e9b8`: enough to see whether it is the same content. */
export function describeContent(content: string): Redacted {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 12);
  return ours(`${thousands(Buffer.byteLength(content))} bytes, sha256 ${digest}`);
}
