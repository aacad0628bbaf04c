/** A saved plan as a change: what was found in it when it was made, and the files that an apply reads besides. */
import { z } from "zod";
import type { Change } from "../governance/change.ts";
import { redacted } from "../redact/redacted.ts";
import { digestOf, does, shownWhole } from "./proposal.ts";
import type { Input } from "./terraform-input.ts";
import type { Module } from "./terraform-module.ts";
import type { Place } from "./terraform-place.ts";
import { findPlanChange } from "./terraform-plan.ts";
import type { Proposal, ToolContext } from "./tool.ts";
import { treeOf } from "./tree-texts.ts";

/** Written by this program alone, where no tool looks. */
const kept = z.object({ change: z.custom<Change>((value) => typeof value === "object"), text: z.string() });

/**
 * Named by the digest of the saved plan. A command on the machine of the team, or a file that is sent to a host, is read from
 * the module's folder only when it is applied: then the folder as it is now belongs to the change.
 */
export async function proposeApply(
  { command, plan = "" }: Input,
  { module, place }: { module: Module; place: Place },
  context: ToolContext,
): Promise<Proposal> {
  const { workspace, redactor } = context;
  const { change, text } = kept.parse(JSON.parse(await findPlanChange(place, plan)));
  const title = redactor(`run_terraform ${command} ${module.visible}`);
  const review = redactor(text);
  if (!change.rows.some(readsFiles))
    return {
      digest: plan,
      change,
      ...shownWhole({ title, change, content: review }, redactor(does(change))),
    };
  const files = await treeOf(workspace["/app/infra"], "/app/infra");
  const own = files.filter(({ path }) => path.startsWith(`${module.visible}/`));
  const texts = own.flatMap((file) => (file.text === undefined ? [] : [`==== ${file.path}\n${file.text}`]));
  const unread = own.find((file) => file.text === undefined);
  const unshown = unread ? redactor(`${unread.path} is no text that can be shown.`) : redacted``;
  const content = redacted`${review}\n\n${redactor(texts.join("\n\n"))}`;
  return {
    digest: digestOf(["run_terraform", plan, files.map(({ path, digest }) => `${path} ${digest}`)]),
    change,
    ...shownWhole({ title, change, content, unshown }, redactor(does(change))),
  };
}

function readsFiles({ details = "" }: Change["rows"][number]): boolean {
  return ["local-exec", " file: ", "script"].some((word) => details.includes(word));
}
