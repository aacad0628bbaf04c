/** The guards that the negative controls take out one at a time, to show that the harness would see them missing. */
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { TurnJournal } from "../../../agents/bus/bus.ts";
import type { ToolTable } from "../../../agents/runtime/tool-call.ts";
import type { Tool } from "../../../agents/tools/tool.ts";

/**
 * `fence`: writes do not look at the lease. `permit`: effects do not ask whether it may have run out. `marker`: plans are not marked as begun. `order`: an intent is recorded
 * after its effect. `dedupe`: nobody remembers that a turn has ended or a message was sent.
 */
export const WEAKNESSES = ["fence", "permit", "marker", "order", "dedupe"] as const;
export type Weakness = (typeof WEAKNESSES)[number];

/** Keeps what comes with an intent back until the outcome is known. */
export function recordLate(journal: TurnJournal): TurnJournal {
  let kept: Record<string, string> = {};
  return {
    read: (options) => journal.read(options),
    record: async (entries, options) => {
      kept = { ...kept, ...entries };
      if (Object.keys(entries).some((name) => name.startsWith("intent:"))) return;
      await journal.record(kept, options);
    },
    finish: (status, reply, options) =>
      journal.finish(status, reply, { ...options, entries: { ...kept, ...options.entries } }),
    cancel: (cause, options) => journal.cancel(cause, options),
    bury: (cause, options) => journal.bury(cause, options),
  };
}

/** Undoes before each call what marks a plan as taken. */
export function forgetMarkers(tools: ToolTable): ToolTable {
  const forgetting = (tool: Tool): Tool => ({
    ...tool,
    run: async (input, context) => {
      if (tool.name === "run_terraform") await forget(context.terraform);
      return await tool.run(input, context);
    },
  });
  return new Map([...tools].map(([name, row]) => [name, { ...row, tool: forgetting(row.tool) }]));
}

async function forget(terraform: string): Promise<void> {
  const entries = await readdir(terraform, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const { parentPath, name } of entries) {
    if (parentPath.endsWith("/begun")) await rm(join(parentPath, name));
    if (name.startsWith("used-")) await rename(join(parentPath, name), join(parentPath, name.slice(5)));
  }
}
