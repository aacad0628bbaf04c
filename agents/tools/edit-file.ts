/** edit_file: replace one passage of a file of the workspace, whole or not at all. */

import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { thousands } from "../base/thousands.ts";
import { MAX_FILE_BYTES, openForReading, tooLarge, writeWhole } from "../host/files/files.ts";
import type { Location } from "../host/files/paths.ts";
import { ours, redacted } from "../redact/redacted.ts";
import { okResult } from "./command-result.ts";
import { defineTool } from "./tool.ts";
import { anyPath, locateForWriting, sizeOf, targetOf } from "./workspace-file.ts";

export const editFile = defineTool({
  name: "edit_file",
  description: "Replace old, which stands in the file once, by new.",
  input: z.strictObject({
    path: anyPath,
    old: z.string().min(1),
    new: z.string(),
  }),
  example: { path: "/app/infra/web/main.tf", old: "memory = 1024", new: "memory = 2048" },
  effect: () => "workspace",
  target: targetOf,
  async run({ path, old, new: replacement }, context) {
    const location = locateForWriting(context, path);
    const before = await contentOf(location, context.call.signal);
    const { at, after } = replaced(before, { old, replacement, location });
    const bytes = Buffer.byteLength(after);
    if (bytes > MAX_FILE_BYTES) throw tooLarge(location, bytes);
    context.call.permit();
    if ((await contentOf(location, context.call.signal)) !== before)
      throw new AppError("conflict", `${location.visible} was changed meanwhile: read it again.`);
    await writeWhole(location, after, context.call.permit);
    const line = ours(thousands(before.slice(0, at).split("\n").length));
    return okResult(redacted`Edited at line ${line}; the file has ${sizeOf(after)} now.`);
  },
});

type Edit = { old: string; replacement: string; location: Location };

function replaced(before: string, { old, replacement, location }: Edit): { at: number; after: string } {
  const at = before.indexOf(old);
  const { visible } = location;
  if (at < 0)
    throw new AppError(
      "not_found",
      `${visible} does not hold that passage, character by character. Read it first.`,
    );
  if (before.indexOf(old, at + 1) >= 0)
    throw new AppError(
      "bad_arguments",
      `${visible} holds that passage more than once: give more of its surroundings.`,
    );
  return { at, after: before.slice(0, at) + replacement + before.slice(at + old.length) };
}

/** Of a text; AppError for a folder, and for what is no text or too long to be edited. */
async function contentOf(location: Location, signal: AbortSignal): Promise<string> {
  const { handle, stats } = await openForReading(location);
  try {
    if (stats.isDirectory())
      throw new AppError("not_allowed", `${location.visible} is a folder; name a file.`);
    if (stats.size > MAX_FILE_BYTES) throw tooLarge(location, stats.size);
    const content = await handle.readFile({ signal });
    const text = content.toString("utf8");
    if (Buffer.compare(Buffer.from(text), content) !== 0)
      throw new AppError("not_allowed", `${location.visible} is no text in UTF-8: save it anew.`);
    return text;
  } finally {
    await handle.close();
  }
}
