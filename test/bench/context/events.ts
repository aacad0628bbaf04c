/** What happened in recorded sessions, in the form in which they are recorded: one event a line. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const event = z.looseObject({
  /** Seconds. */
  t: z.number(),
  sender: z.string(),
  kind: z.string(),
  content: z.string().nullish(),
  tool: z.string().nullish(),
  /** JSON, or what is left of it. */
  args: z.string().nullish(),
  from: z.string().nullish(),
});
export type SessionEvent = z.infer<typeof event>;

/** All sessions of a folder, in order; undefined without any. */
export function readSessions(folder: string): SessionEvent[][] | undefined {
  const files = existsSync(folder) ? globSync("*.jsonl", { cwd: folder }).sort() : [];
  if (files.length === 0) return undefined;
  return files.map((file) => {
    const lines = readFileSync(join(folder, file), "utf8").trim().split("\n");
    return lines.map((line) => event.parse(JSON.parse(line)));
  });
}
