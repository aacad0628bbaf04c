/** save_file: replace or create one file of the workspace, whole or not at all. */
import { z } from "zod";
import { MAX_FILE_BYTES, tooLarge, writeWhole } from "../host/files/files.ts";
import { redacted } from "../redact/redacted.ts";
import { okResult } from "./command-result.ts";
import { defineTool } from "./tool.ts";
import { locateForWriting, pathInput, sizeOf, targetOf } from "./workspace-file.ts";

export const saveFile = defineTool({
  name: "save_file",
  description: "Write a file whole.",
  input: z.strictObject({ path: pathInput, content: z.string() }),
  example: { path: "/app/docs/notes.md", content: "# Notes\n" },
  effect: () => "workspace",
  target: targetOf,
  async run({ path, content }, context) {
    const location = locateForWriting(context, path);
    const bytes = Buffer.byteLength(content);
    if (bytes > MAX_FILE_BYTES) throw tooLarge(location, bytes);
    context.call.signal.throwIfAborted();
    context.call.permit();
    await writeWhole(location, content, context.call.permit);
    return okResult(redacted`Saved ${sizeOf(content)}.`);
  },
});
