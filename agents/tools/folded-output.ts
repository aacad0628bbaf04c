/**
 * A command whose standard output has lines that tell nothing new: they are left out of what the model reads, and the
 * whole text is in a file, as it is when it was too long. Which lines those are is the tool's to say.
 */
import { basename, join } from "node:path";
import type { CommandResult } from "../host/commands/command.ts";
import { keepText } from "../host/commands/spool.ts";
import { rewrite } from "../redact/redacted.ts";
import type { ToolContext } from "./tool.ts";

/** `file` is the name of the whole text, as models see it. Takes lines out and adds none but of its own. */
export type Fold = (text: string, file: string) => string;

/** The result as it was when there is nothing to leave out, or the whole text cannot be kept. */
export async function foldOutput(
  result: CommandResult,
  fold: Fold,
  { artifacts, call }: Pick<ToolContext, "artifacts" | "call">,
): Promise<CommandResult> {
  const { stdout } = result;
  const nameOf = (file: string) => `${artifacts.visibleDirectory}/${basename(file)}`;
  const whole = stdout.file ?? join(artifacts.directory, `${call.id}.stdout.log`);
  if (fold(stdout.text, nameOf(whole)) === stdout.text) return result;
  const file = stdout.file ?? (await keepText(whole, stdout.text).catch(() => null)); // a full disk: all of it is shown
  if (file === null) return result;
  return {
    ...result,
    stdout: { ...stdout, text: rewrite(stdout.text, (text) => fold(text, nameOf(file))), file },
  };
}
