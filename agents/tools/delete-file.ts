/** delete_file: remove one file of the workspace. */
import { z } from "zod";
import { removeFile } from "../host/files/files.ts";
import { redacted } from "../redact/redacted.ts";
import { okResult } from "./command-result.ts";
import { defineTool } from "./tool.ts";
import { anyPath, locateForWriting, targetOf } from "./workspace-file.ts";

export const deleteFile = defineTool({
  name: "delete_file",
  description: "Delete a file.",
  input: z.strictObject({ path: anyPath }),
  example: { path: "/app/docs/notes.md" },
  effect: () => "workspace",
  target: targetOf,
  async run({ path }, context) {
    const location = locateForWriting(context, path);
    context.call.signal.throwIfAborted();
    await removeFile(location, context.call.permit);
    return okResult(redacted`Deleted ${context.redactor(location.visible)}.`);
  },
});
