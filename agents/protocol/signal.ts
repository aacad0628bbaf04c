/** The coordinator's last word to the team: a line of its own, outside of quotations. */
import { withoutQuotations } from "./addressing.ts";
import type { Signal } from "./message.ts";

/** `[AWAITING_INPUT]` wins over `[DONE]`: a question is not an end. */
export function parseSignal(content: string): Signal | undefined {
  const lines = withoutQuotations(content)
    .split("\n")
    .map((line) => line.trim());
  if (lines.includes("[AWAITING_INPUT]")) return "awaiting";
  return lines.includes("[DONE]") ? "done" : undefined;
}
