/** What reviewers get of a plan: its text, redacted, under /app/docs/plans, where every role reads and no tool writes. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fromRedactedParts, joinRedacted, type Redacted, redacted } from "../redact/redacted.ts";
import type { Module } from "./terraform-module.ts";
import type { ToolContext, ToolResult } from "./tool.ts";

/** As models see it; commands can only read it. */
export const PLANS_FOLDER = "/app/docs/plans";

type Reviewed = { module: Module; digest: string; summary: Redacted; result: ToolResult };

export function reviewName(digest: string): string {
  return `${digest.slice(0, 16)}.txt`;
}

/** Returns the name of the file, as models see it, and what is in it. */
export async function writeReview(
  { workspace, artifacts, redactor }: Pick<ToolContext, "workspace" | "artifacts" | "redactor">,
  { module, digest, summary, result }: Reviewed,
): Promise<{ name: Redacted; text: Redacted }> {
  const folder = join(workspace["/app/docs"], basename(PLANS_FOLDER));
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const whole = result.artifact?.endsWith(".stdout.log")
    ? fromRedactedParts(await readFile(join(artifacts.directory, basename(result.artifact)), "utf8"))
    : result.stdout;
  const head = [`Module: ${module.visible}`, `Plan digest: ${digest}`, `Made: ${new Date().toISOString()}`];
  const name = reviewName(digest);
  const text = joinRedacted([redactor(head.join("\n")), summary, whole, redacted``], "\n\n");
  await writeFile(join(folder, `.${name}`), text, { mode: 0o644 });
  await rename(join(folder, `.${name}`), join(folder, name));
  return { name: redactor(`${PLANS_FOLDER}/${name}`), text };
}
