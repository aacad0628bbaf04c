/** What was asked for on the nodes of a lab and is not simulated: kept line by line, counted when somebody wants to know. */
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FILE = "gaps.log";

/** `directory` is the node's. */
export function noteGap(directory: string, what: string): void {
  appendFileSync(join(directory, FILE), `${what.replace(/[^\x20-\x7e]/g, "?").slice(0, 200)}\n`);
}

/** Of all nodes, the most wanted first; `directory` is the lab's. */
export function countGaps(directory: string): { what: string; count: number }[] {
  if (!existsSync(directory)) return [];
  const files = readdirSync(directory).map((name) => join(directory, name, FILE));
  const lines = files.flatMap((file) =>
    existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [],
  );
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  const rows = [...counts].map(([what, count]) => ({ what, count }));
  return rows.sort((a, b) => b.count - a.count || (a.what < b.what ? -1 : 1));
}
