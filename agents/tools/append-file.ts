/** append_file: add to the end of one file of the workspace. */

import { z } from "zod";
import { thousands } from "../base/thousands.ts";
import { appendTo } from "../host/files/files.ts";
import { ours, redacted } from "../redact/redacted.ts";
import { okResult } from "./command-result.ts";
import { defineTool } from "./tool.ts";
import { anyPath, locateForWriting, targetOf } from "./workspace-file.ts";

export const appendFile = defineTool({
  name: "append_file",
  description: "Add to a file's end.",
  input: z.strictObject({ path: anyPath, content: z.string().min(1) }),
  example: { path: "/app/docs/notes.md", content: "- one more line\n" },
  effect: () => "workspace",
  target: targetOf,
  async run({ path, content }, context) {
    const location = locateForWriting(context, path);
    context.call.signal.throwIfAborted();
    context.call.permit();
    const { bytes } = await appendTo(location, content, context.call.permit);
    return okResult(redacted`Appended; the file has ${ours(thousands(bytes))} bytes now.`);
  },
});
