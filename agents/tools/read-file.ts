/** read_file: a page of one text of the workspace, or the names in a folder. */

import { z } from "zod";
import { thousands } from "../base/thousands.ts";
import { MODEL_BYTES } from "../base/truncate.ts";
import { listFolder, openForReading } from "../host/files/files.ts";
import { readLines, type TextLines } from "../host/files/text-lines.ts";
import { ours, redacted } from "../redact/redacted.ts";
import { okResult } from "./command-result.ts";
import { defineTool, type ToolContext, type ToolResult, UNTOLD } from "./tool.ts";
import { anyPath, locateForReading, targetOf } from "./workspace-file.ts";

const MAX_NAMES = 500;

export const readFile = defineTool({
  name: "read_file",
  description: "Read a file from line offset on, or list a folder.",
  input: z.strictObject({
    path: anyPath,
    offset: z.int().min(1).default(1),
    limit: z
      .int()
      .min(1)
      .max(10_000)
      .default(400)
      .meta({ [UNTOLD]: true }),
  }),
  example: { path: "/app/docs/notes.md", offset: 1 },
  effect: () => "read",
  target: targetOf,
  async run({ path, offset, limit }, context) {
    const location = locateForReading(context, path);
    const { handle, stats } = await openForReading(location);
    try {
      if (stats.isDirectory()) {
        return folderResult(context, location.visible, await listFolder(handle));
      }
      const stream = handle.createReadStream({ autoClose: false, signal: context.call.signal });
      return pageResult(
        await readLines(stream, { offset, limit, maxBytes: MODEL_BYTES, redactor: context.redactor }),
      );
    } finally {
      await handle.close();
    }
  },
});

function folderResult({ redactor }: ToolContext, visible: string, names: string[]): ToolResult {
  const shown = names.slice(0, MAX_NAMES).join("\n");
  const rest = names.length > MAX_NAMES ? `\n[... ${names.length - MAX_NAMES} more ...]` : "";
  const text = redactor(`${visible}/ has ${names.length} entries\n${shown}${rest}`);
  return { ...okResult(text), truncated: rest !== "" };
}

function pageResult(page: TextLines): ToolResult {
  const isAll = page.from === 1 && page.to >= page.totalLines && !page.isLineCut;
  if (isAll) return okResult(page.text);
  const total = ours(thousands(page.totalLines));
  if (page.to < page.from)
    return okResult(redacted`[the file has ${total} lines; there is no line ${page.from}]`);
  const next = page.to < page.totalLines ? redacted`; continue with offset ${page.to + 1}` : "";
  const cut = page.isLineCut ? "; this line is longer than a page: its end is missing" : "";
  const border = page.text.endsWith("\n") ? "" : "\n";
  const text = redacted`${page.text}${border}[lines ${page.from}-${page.to} of ${total}${next}${cut}]`;
  return { ...okResult(text), truncated: next !== "" || cut !== "" };
}
