/**
 * The tool calls of the recorded sessions, which are not part of this project. Tests that replay them say so
 * when they are absent, and prove nothing about them then; hand-made cases stand beside each.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Role } from "../protocol/roles.ts";
import { didLess } from "./did-less.ts";

export type RecordedCall = {
  n: number;
  role: Role;
  tool: string;
  logged: "OK" | "ERROR";
  args_cut: boolean;
  args: { command?: string; path?: string };
};

const FILE =
  process.env["MINILAB_RECORDED"] ?? join(import.meta.dirname, "../../../shared/recorded/tool-calls.jsonl");

/** Empty, and told, when the recording is not on this machine. */
export function recordedCalls(tool: string): RecordedCall[] {
  if (!existsSync(FILE)) {
    didLess(
      `the recorded ${tool} calls were not replayed: no recording here (MINILAB_RECORDED names its file)`,
    );
    return [];
  }
  const rows = readFileSync(FILE, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordedCall);
  return rows.filter((row) => row.tool === tool);
}
