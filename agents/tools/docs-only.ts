/** The face of a file tool for a role that works with documents alone: its text names no folder that is then refused. */
import { z } from "zod";
import type { Tool } from "./tool.ts";

const docsPath = z.string().min(1).describe("As /app/docs/requirements.md.");

export function docsOnly(tool: Tool): Tool {
  if (!(tool.input instanceof z.ZodObject) || !("path" in tool.input.shape))
    throw new Error(`${tool.name} takes no path: "docs" says nothing about it`);
  const { path } = tool.input.shape as { path: z.ZodType };
  return path.description === undefined ? tool : { ...tool, input: tool.input.extend({ path: docsPath }) };
}
